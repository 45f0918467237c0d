"""Findings about REST APIs that are one OpenAPI document: routes, authorization, validation and CORS."""

import re
from collections.abc import Iterator

from review.change import Change, value_at
from review.findings.finding import Finding, Kind
from review.openapi import POLICY, REST_API, Api
from review.redact import Redactor
from review.schemas import Widening, widenings
from synthesized.references import addresses
from synthesized.rest_apis import Method

BODY = "body"
PARTS = re.compile(
    r"aws_api_gateway_(resource|method|integration|(method|integration|gateway)_response|model|request_validator)"
)
"""Types of what an API consists of if it has no document."""
MAX_NAMED = 8
"""Paths, or keywords of a schema, that a finding lists."""


def api_findings(changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """Yield what the new document of an API loses or opens, or that it cannot be judged."""
    for change in changes:
        if change.type == REST_API and change.action in ("create", "update", "replace"):
            unknown = value_at(change.unknown, (BODY,)) is True
            before, after = change.value_before(BODY), change.value_after(BODY)
            if unknown or (before or None) != (after or None):
                yield from _document(change, unknown, redactor)
                yield from _destroyed_parts(change, changes)


def _document(change: Change, unknown: bool, redactor: Redactor) -> Iterator[Finding]:
    before, after = change.value_before(BODY), change.value_after(BODY)
    old, new = (Api.read(body) if body else Api() for body in (before, after))
    name = redactor.code(BODY)
    if unknown:
        new_api = change.action == "create"
        text = f"has a {name} that is known only after apply and cannot be compared (use `--synth`)"
        yield Finding("exposure", change, text, needs_human=not new_api, expected=new_api)
    elif change.is_sensitive((BODY,)):
        text = f"has a {name} that is sensitive: a human has to compare it"
        yield Finding("exposure", change, text, needs_human=True)
    elif not after:
        text = f"no longer has a {name}: a human has to compare its routes"
        yield Finding("exposure", change, text, needs_human=True)
    elif old is None or new is None:
        text = f"has a {name} that is not an OpenAPI 3 document in JSON: a human has to compare it"
        yield Finding("exposure", change, text, needs_human=True)
    else:
        yield from _Comparison(change, old, new, redactor).findings()


def _destroyed_parts(change: Change, changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Yield that parts of an API are destroyed, which Terraform does after it has updated the API."""
    api_id = change.value_before("id")
    parts = [
        part
        for part in changes
        if part.action == "delete"
        and PARTS.fullmatch(part.type)
        and (
            (api_id and part.before.get("rest_api_id") == api_id) or change.address in addresses(part.before)
        )
    ]
    if parts:
        text = f"loses {len(parts)} parts after its new `{BODY}` is imported, and with them what they serve:"
        text = f"{text} remove the parts from the state first (`terraform state rm`)"
        yield Finding("stateful", change, text, needs_human=True)


class _Comparison:
    """Compares two documents of an API."""

    def __init__(self, change: Change, old: Api, new: Api, redactor: Redactor) -> None:
        self._change = change
        self._old = old
        self._new = new
        self._redactor = redactor

    def findings(self) -> Iterator[Finding]:
        """Yield all findings, in the order of the documents."""
        for key, method in self._old.routes.items():
            if not self._new.route(key):
                yield self._finding("stateful", f"no longer has {self._name(method)}, which its clients call")
        for key, method in self._new.routes.items():
            old = self._old.route(key)
            text = self._authorization(old, method)
            if text:
                yield self._finding("exposure", text)
            if old:
                yield from self._validation(old, method)
                yield from self._bodies(old, method)
        yield from self._origins()
        policy = self._old.document.get(POLICY)
        if policy and policy != self._new.document.get(POLICY):
            yield self._finding("exposure", f"changes its resource policy (`{POLICY}`)")

    def _finding(self, kind: Kind, text: str, *, needs_human: bool = True) -> Finding:
        return Finding(kind, self._change, text, needs_human=needs_human)

    def _name(self, method: Method) -> str:
        return self._redactor.code(f"{method.http_method} {method.path}")

    def _authorization(self, old: Method | None, new: Method) -> str | None:
        """Return how a method requires less authorization, or another one; preflights require none."""
        if new.http_method == "OPTIONS" or (old and _is_public(old)):
            return None
        if _is_public(new):
            return f"requires no authorization for {self._name(new)}"
        return self._other_authorization(old, new) if old else None

    def _other_authorization(self, old: Method, new: Method) -> str | None:
        name = self._name(new)
        if old.authorization == "NONE":
            return None
        if new.authorization == "NONE":
            return f"requires only an API key for {name}, no authorization"
        if old.api_key_required and not new.api_key_required:
            return f"no longer requires an API key for {name}"
        if old.authorization != new.authorization:
            types = (self._redactor.code(method.authorization) for method in (new, old))
            return f"authorizes {name} with {' instead of '.join(types)}"
        is_same = self._old.authorizers(old) == self._new.authorizers(new)
        return None if is_same else f"authorizes {name} with another authorizer or scope"

    def _validation(self, old: Method, new: Method) -> Iterator[Finding]:
        lost = {
            "body": old.validates_body and not new.validates_body,
            "parameters": old.validates_parameters and not new.validates_parameters,
        }
        for part, is_lost in lost.items():
            if is_lost:
                yield self._finding("protection", f"no longer validates the {part} of {self._name(new)}")
        if old.validates_parameters and new.validates_parameters:
            required = self._old.required_parameters(old) - self._new.required_parameters(new)
            for place, name in sorted(required):
                parameter = f"{self._redactor.code(place)} parameter {self._redactor.code(name)}"
                text = f"no longer requires the {parameter} for {self._name(new)}"
                yield self._finding("protection", text)

    def _bodies(self, old: Method, new: Method) -> Iterator[Finding]:
        """Yield what bodies may contain that they could not contain before."""
        validated = old.validates_body
        if validated and not new.validates_body:
            return
        schemas = self._new.bodies(new)
        documents = self._old.document, self._new.document
        for media_type, schema in self._old.bodies(old).items():
            bodies = f"{self._redactor.code(media_type)} bodies of {self._name(new)}"
            if media_type not in schemas:
                if validated:
                    yield self._finding("protection", f"no longer validates {bodies}")
                continue
            wider = list(widenings(schema, schemas[media_type], *documents))
            if wider:
                by_function = "" if validated else ", as documented; API Gateway does not validate them"
                only_new = all(widening.keyword == "properties" for widening in wider)
                text = f"accepts more in {bodies}{by_function}: {self._describe(wider)}"
                yield self._finding("protection", text, needs_human=validated and not only_new)

    def _describe(self, wider: list[Widening]) -> str:
        described = [self._describe_one(widening) for widening in wider[:MAX_NAMED]]
        return ", ".join(described) + _more(len(wider))

    def _describe_one(self, widening: Widening) -> str:
        if widening.keyword == "properties":
            return f"a new property {self._redactor.code(widening.path)}"
        path = ".".join(filter(None, (widening.path, widening.keyword)))
        before, after = (
            self._redactor.code(self._redactor.value(REST_API, (BODY, path), value))
            for value in (widening.before, widening.after)
        )
        return f"{self._redactor.code(path)} {before} → {after}"

    def _origins(self) -> Iterator[Finding]:
        """Yield paths that pages of every origin may call; a new API is as open as it is configured."""
        old, new = self._old, self._new
        if not old.document:
            return
        known = {path for path, _ in old.routes}
        opened = [
            path
            for shape, path in new.open_paths.items()
            if shape not in old.open_paths and (shape in known or not old.open_paths)
        ]
        if opened:
            names = ", ".join(map(self._redactor.code, opened[:MAX_NAMED])) + _more(len(opened))
            yield self._finding("exposure", f"lets pages of every origin call {names} (CORS `*`)")
        elif new.has_open_errors and not old.has_open_errors:
            text = "lets pages of every origin read its errors (CORS `*`)"
            yield self._finding("exposure", text, needs_human=False)


def _is_public(method: Method) -> bool:
    return method.authorization == "NONE" and not method.api_key_required


def _more(count: int) -> str:
    return f" and {count - MAX_NAMED} more" if count > MAX_NAMED else ""
