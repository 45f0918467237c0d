"""The APIs of a loaded stack, called over HTTPS with whatever comes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, given
from hypothesis import strategies as st
from requests import PreparedRequest
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assurance.loaded_stack import LoadedStack
from assurance.proof import hostile
from assurance.proof.secrecy import Secrecy
from assurance.proof.tally import Tally, generated
from tests.waiting import eventually

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
URLS = {"tasks": "api-gateway-url", "files": "files-api-url", "requests": "requests-api-url"}
"""The output that is the URL of each API, by its tag in the document."""
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
"""That an answer is one of those which the document has for its operation."""
JSON = {"Content-Type": "application/json"}
METHODS = ("post", "put", "get", "delete")
"""In an order in which something is there for each."""
RIGHT = {
    "createTask": {"title": "t"},
    "replaceTask": {"title": "t"},
    "replaceNamedTask": {"title": "t"},
    "createFile": {"name": "a.csv", "content_type": "text/csv"},
    "submitRequest": {"order": "1"},
}
"""Bodies that are accepted (with the id where one is wanted), by operation."""
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Sign = Callable[[PreparedRequest], PreparedRequest]


class Calls:
    """Calls every operation of the document, and judges the answers.

    Ids of tasks and files that are there take the place of others in half of the cases, so that what lies
    behind an id is reached too.
    """

    def __init__(self, stack: LoadedStack, tally: Tally, secrecy: Secrecy) -> None:
        self._stack, self._tally, self._secrecy = stack, tally, secrecy
        document: Any = from_dict(json.loads(DOCUMENT.read_text()))
        self.operations: list[Operation] = sorted(
            (each.ok() for each in document.get_all_operations()), key=lambda each: METHODS.index(each.method)
        )
        self._session = requests.Session()
        self._session.trust_env = False  # no proxies and certificates of this machine
        self._session.verify = str(stack.server.ca_bundle)
        self._sign = {
            "tasks": _with_key(stack, "api-key-parameter"),
            "files": _with_key(stack, "files-api-key-parameter-default"),
            "requests": _with_signature(stack),
        }
        self._ids: dict[str, list[str]] = {"tasks": [], "files": [self._uploaded()], "requests": []}

    def agree(self, operation: Operation) -> None:
        """Call an operation as it should be, so that a success is reached with few cases too."""
        params = {"id": self._id(operation, 0)} if _name(operation) == "deleteNamedTask" else None
        self._call(operation, json=self._right(operation) or None, params=params)

    def generate(self, operation: Operation, cases: int) -> None:
        """Call an operation with data that fits the document, and as often with data that does not."""
        for mode in GenerationMode:

            @generated(cases // 2)
            @given(operation.as_strategy(generation_mode=mode), st.integers(0, 999))
            def call(case: Case[Operation], choice: int) -> None:
                assume("\0" not in "".join(map(str, case.headers.values())))  # no HTTP server passes it on
                if choice % 2:
                    self._make_real(case, choice // 2)
                self._send(case.operation, **case.as_transport_kwargs(base_url=self._url(case.operation)))

            call()

    def attack(self, operation: Operation) -> None:
        """Call an operation with the whole corpus."""
        for request in self._corpus(operation):
            self._call(operation, **request)

    def _call(self, operation: Operation, *, path: str | None = None, **request: Any) -> None:  # noqa: ANN401
        """Send a request to an operation's path, or to another one of it."""
        there = (path or operation.path).replace("{id}", self._id(operation, 0))
        self._send(operation, method=operation.method, url=self._url(operation) + there, **request)

    def _corpus(self, operation: Operation) -> Iterator[dict[str, Any]]:
        """Everything that is tried on an operation, each with the rest as it should be."""
        right = self._right(operation)
        for text in hostile.TEXTS if "{id}" in operation.path else ():
            if text not in {"", ".", ".."}:  # with these, it is another path
                yield {"path": operation.path.replace("{id}", quote(text, safe="")), "json": right or None}
        named = {each["name"]: each["in"] for each in operation.definition.raw["parameters"]}
        for name in (name for name in (*named, "unknown") if named.get(name, "query") == "query"):
            yield from ({"params": {name: text}, "json": right or None} for text in hostile.TEXTS)
            yield from ({"params": {name: text}, "json": right or None} for text in hostile.CURSORS)
        for name, values in hostile.HEADERS.items():
            yield from ({"headers": {name: value}, "json": right or None} for value in values)
        yield from ({"headers": JSON, "data": body} for body in hostile.BODIES)
        for field in hostile.FIELDS if right else ():
            yield from ({"json": {**right, field: text}} for text in hostile.TEXTS)

    def _send(self, operation: Operation, **request: Any) -> None:  # noqa: ANN401
        """Send a request, and judge its answer."""
        request["cookies"] = None
        answer = self._session.request(**request, auth=self._sign[_tag(operation)], timeout=30)
        self._tally.add(f"API of {_tag(operation)}", operation.label, f"{answer.status_code // 100}xx")
        wrong = self._secrecy.in_answer(str(answer.headers), answer.text)
        if answer.status_code >= 500:
            wrong.append("a server error")
        try:
            operation.Case(path_parameters={"id": ""}).validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            wrong += [f"{each.title}: {each.message[:200]}" for each in failures.exceptions]
        if wrong:
            sent = {name: str(value)[:200] for name, value in request.items() if value}
            self._tally.wrong.append(f"{wrong} in {answer.status_code} {answer.text[:300]} to {sent}")
        self._remember(operation, answer)

    def _remember(self, operation: Operation, answer: requests.Response) -> None:
        """Note the ids of tasks that are made, and forget those of tasks that are deleted."""
        if _name(operation) == "createTask" and answer.status_code == 201:
            self._ids["tasks"].append(answer.json()["id"])
        elif answer.status_code == 204:
            sent = str(answer.request.url)
            self._ids["tasks"] = [each for each in self._ids["tasks"] if each not in sent]

    def _make_real(self, case: Case[Operation], choice: int) -> None:
        """Put the id of something that is there wherever a case has an id."""
        identifier = self._id(case.operation, choice)
        for place in (case.path_parameters, case.query, case.body):
            if isinstance(place, dict) and "id" in place:
                place["id"] = identifier

    def _id(self, operation: Operation, choice: int) -> str:
        ids = self._ids[_tag(operation)]
        return ids[choice % len(ids)] if ids else hostile.UUID

    def _right(self, operation: Operation) -> dict[str, str]:
        """A body that is accepted; empty where an operation has none."""
        right = RIGHT.get(_name(operation), {})
        return {**right, "id": self._id(operation, 0)} if _name(operation) == "replaceNamedTask" else right

    def _url(self, operation: Operation) -> str:
        return str(self._stack.loaded.outputs[URLS[_tag(operation)]])

    def _uploaded(self) -> str:
        """The id of a file that is there and processed."""
        url, sign = self._stack.loaded.outputs[URLS["files"]], self._sign["files"]
        made = self._session.post(f"{url}/files", json=RIGHT["createFile"], auth=sign).json()
        form, file = made["upload"], {"file": ("a.csv", b"a\n1\n")}
        self._session.post(form["url"], data=form["fields"], files=file).raise_for_status()
        metadata = f"{url}/files/{made['id']}/metadata"
        eventually(lambda: self._session.get(metadata, auth=sign).json()["finished_at"])
        return str(made["id"])


def _with_key(stack: LoadedStack, output: str) -> Sign:
    parameter = stack.client("ssm").get_parameter(Name=stack.loaded.outputs[output], WithDecryption=True)

    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["x-api-key"] = parameter["Parameter"]["Value"]
        return request

    return sign


def _with_signature(stack: LoadedStack) -> Sign:
    api = stack.resource("aws_api_gateway_rest_api", "requests-api")["execution_arn"]
    caller = stack.caller(f"{api}/*/POST/")
    signer = SigV4Auth(
        Credentials(caller["AccessKeyId"], caller["SecretAccessKey"]), "execute-api", stack.loaded.region
    )

    def sign(request: PreparedRequest) -> PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        signer.add_auth(signed)
        request.headers.update(signed.headers)
        return request

    return sign


def _tag(operation: Operation) -> str:
    return str(operation.definition.raw["tags"][0])


def _name(operation: Operation) -> str:
    return str(operation.definition.raw["operationId"])
