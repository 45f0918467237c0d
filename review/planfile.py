"""Reads a plan in the format of `terraform show -json`.

The format is Terraform's "JSON Output Format", major version 1
(https://developer.hashicorp.com/terraform/internals/json-format). OpenTofu uses the same format.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from review.change import JSON, Action, Change, Path, leaves, value_at
from review.errors import InputError
from review.plan import Attributes, Output, Plan, without_instance_keys
from review.redact import DOCUMENTS, Redactor, embedded_secrets
from synthesized.references import written
from synthesized.stack import construct_path

ACTIONS: dict[tuple[str, ...], Action] = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("open",): "read",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "replace",
    ("forget", "create"): "replace",
    ("forget",): "forget",
}

FIX = "create one with `terraform plan -out=FILE` and `terraform show -json FILE`"


class _Change(BaseModel):
    actions: tuple[str, ...]
    before: Any = None
    after: Any = None
    after_unknown: Any = False
    before_sensitive: Any = False
    after_sensitive: Any = False
    replace_paths: tuple[Path, ...] = ()
    importing: Any = None

    @property
    def action(self) -> Action:
        """The list of actions as one word."""
        action = ACTIONS[self.actions]
        return "import" if self.importing and action == "no-op" else action


class _Attributes(_Change):
    before: Attributes | None = None
    after: Attributes | None = None


class _Resource(BaseModel):
    address: str
    type: str
    change: _Attributes
    action_reason: str | None = None
    previous_address: str | None = None
    deposed: str | None = None


class _StateResource(BaseModel):
    address: str
    deposed_key: str | None = None
    values: Attributes = {}
    sensitive_values: Any = False


class _Module(BaseModel):
    resources: tuple[_StateResource, ...] = ()
    child_modules: "tuple[_Module, ...]" = ()

    def all(self) -> Iterator[_StateResource]:
        """Yield the resources of this module and of its child modules."""
        yield from self.resources
        for module in self.child_modules:
            yield from module.all()


class _Values(BaseModel):
    root_module: _Module = _Module()


class _State(BaseModel):
    values: _Values = _Values()


class _Document(BaseModel):
    format_version: str = Field(pattern=r"^1\.")
    resource_changes: tuple[_Resource, ...] = ()
    resource_drift: tuple[_Resource, ...] = ()
    output_changes: dict[str, _Change] = {}
    planned_values: _Values = _Values()
    prior_state: _State = _State()
    configuration: dict[str, Any] = {}
    errored: bool = False
    complete: bool = True
    checks: tuple[dict[str, Any], ...] = ()
    action_invocations: tuple[dict[str, Any], ...] = ()


def read(document: JSON, file: str, blocks: Mapping[str, Attributes]) -> Plan:
    """Read a plan.

    Args:
        document: Parsed JSON.
        file: Name of the file, for errors.
        blocks: Synthesized resources by address; empty without a synth. Their metadata contains the paths of
            the constructs.

    Raises:
        InputError: The document is not a plan, or its format is not supported.
    """
    if not isinstance(document, Mapping) or "format_version" not in document:
        raise InputError(f"{file}: is not a plan; {FIX}")
    if "values" in document and "planned_values" not in document:
        raise InputError(f"{file}: is a state, not a plan; {FIX}")
    try:
        content = _Document.model_validate(document)
        changes = [_change(resource, content, blocks) for resource in content.resource_changes]
        drift = [_change(resource, content, blocks) for resource in content.resource_drift]
        outputs = [_output(name, output) for name, output in content.output_changes.items()]
    except ValidationError as error:
        first = error.errors()[0]
        location = ".".join(map(str, first["loc"])) or "the document"
        raise InputError(f"{file}: has an unsupported format: {location}: {first['msg'].lower()}") from None
    except KeyError as error:
        allowed = ", ".join("/".join(actions) for actions in ACTIONS)
        raise InputError(f"{file}: unknown actions {error.args[0]!r}; allowed are {allowed}") from None
    plan = Plan(
        changes=tuple(change for change in changes if change.action != "no-op"),
        unchanged=sum(change.action == "no-op" for change in changes),
        drift=tuple(change for change in drift if change.action != "no-op"),
        outputs=tuple(output for output in outputs if output.action != "no-op"),
        notes=tuple(_notes(content)),
        state={
            resource.address: resource.values
            for resource in content.prior_state.values.root_module.all()
            if not resource.deposed_key
        },
        secrets=frozenset(_secrets(content)),
        errored=content.errored,
        blocks=blocks,
    )
    return replace(plan, changes=tuple(_with_documents(change, plan) for change in plan.changes))


def _with_documents(change: Change, plan: Plan) -> Change:
    """Return a change with its document from the synth, if the plan does not know the document yet."""
    for resource_type, name in DOCUMENTS:
        if change.type == resource_type and value_at(change.unknown, (name,)) is True:
            text = plan.synthesized_value(change.address, name)
            if isinstance(text, str):
                after, unknown = {**change.after, name: text}, {**change.unknown, name: False}
                return replace(change, after=after, unknown=unknown)
    return change


def _change(resource: _Resource, content: _Document, blocks: Mapping[str, Attributes]) -> Change:
    change = resource.change
    action = change.action
    if action == "no-op" and resource.previous_address:
        action = "move"
    after = dict(change.after or {})
    after |= {
        name: reference
        for name, reference in _references(resource.address, content.configuration)
        if value_at(change.after_unknown, (name,)) is True
    }
    return Change(
        address=resource.address + (f" (deposed {resource.deposed})" if resource.deposed else ""),
        type=resource.type,
        action=action,
        before=change.before or {},
        after=after,
        unknown=change.after_unknown,
        sensitive=(change.before_sensitive, change.after_sensitive),
        forced_by=change.replace_paths,
        reason=resource.action_reason,
        construct=construct_path(blocks.get(without_instance_keys(resource.address))),
        previous_address=resource.previous_address,
        retains_old="forget" in change.actions,
    )


def _references(address: str, configuration: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """Yield name and `${reference}` of each argument that is set to a single reference.

    Only the configuration of the root module is read.
    """
    for resource in value_at(configuration, ("root_module", "resources")) or ():
        if value_at(resource, ("address",)) == without_instance_keys(address):
            expressions = value_at(resource, ("expressions",))
            for name, expression in expressions.items() if isinstance(expressions, Mapping) else ():
                reference = value_at(expression, ("references", 0))
                if reference:
                    yield name, written(str(reference))


def _output(name: str, change: _Change) -> Output:
    return Output(
        name=name,
        action=change.action,
        before=change.before,
        after=change.after,
        unknown=change.after_unknown is True,
        sensitive=bool(change.before_sensitive or change.after_sensitive),
    )


def _notes(content: _Document) -> Iterator[str]:
    if content.errored:
        yield "Planning failed: this review covers only a part of the plan."
    if not content.complete:
        yield "The plan is incomplete: after applying it, plan and apply again."
    for invocation in content.action_invocations:
        yield f"The action {_address(invocation)} will be invoked."
    for check in content.checks:
        if check.get("status") in ("fail", "error"):
            yield f"The check {_address(value_at(check, ('address',)))} fails."


def _address(value: JSON) -> str:
    """Return an address as code, without instance keys: they may contain secrets."""
    address = value_at(value, ("to_display",)) or value_at(value, ("address",))
    return Redactor().code(without_instance_keys(str(address or "unknown")))


def _secrets(content: _Document) -> Iterator[str]:
    """Yield every string that is marked as sensitive anywhere in the plan."""
    for resource in (*content.resource_changes, *content.resource_drift):
        yield from _marked_texts(resource.change.before, resource.change.before_sensitive)
        yield from _marked_texts(resource.change.after, resource.change.after_sensitive)
    for output in content.output_changes.values():
        yield from _marked_texts(output.before, output.before_sensitive)
        yield from _marked_texts(output.after, output.after_sensitive)
    for values in (content.planned_values, content.prior_state.values):
        for known in values.root_module.all():
            yield from _marked_texts(known.values, known.sensitive_values)


def _marked_texts(value: JSON, marks: JSON) -> Iterator[str]:
    for path, leaf in leaves(value):
        marked = any(value_at(marks, path[:length]) is True for length in range(len(path) + 1))
        if marked and leaf is not None and not isinstance(leaf, bool):
            yield str(leaf)
            yield from embedded_secrets(leaf)
