"""Reads a plan: `terraform show -json` of a saved plan file.

The format is Terraform's "JSON Output Format", major version 1
(https://developer.hashicorp.com/terraform/internals/json-format); OpenTofu's is the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from review.change import JSON, Action, Change, Path, at, leaves
from review.errors import InputError
from review.plan import Attributes, Output, Plan, unindexed
from review.redact import Redactor, within
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

HOW = "write one with `terraform plan -out=FILE` and `terraform show -json FILE`"


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
        """One word for what Terraform does."""
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


class _Known(BaseModel):
    address: str
    deposed_key: str | None = None
    values: Attributes = {}
    sensitive_values: Any = False


class _Module(BaseModel):
    resources: tuple[_Known, ...] = ()
    child_modules: "tuple[_Module, ...]" = ()

    def all(self) -> Iterator[_Known]:
        """The resources of this module and of those within."""
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
        document: the parsed JSON.
        file: its name, for errors.
        blocks: the synthesized resources by address, if there is a synth; their metadata has the paths
            of the constructs.

    Raises:
        InputError: It is no plan, or not in a form that is known.
    """
    if not isinstance(document, Mapping) or "format_version" not in document:
        raise InputError(f"{file}: is no plan; {HOW}")
    if "values" in document and "planned_values" not in document:
        raise InputError(f"{file}: is a state and no plan; {HOW}")
    try:
        content = _Document.model_validate(document)
        changes = [_change(each, content, blocks) for each in content.resource_changes]
        drift = [_change(each, content, blocks) for each in content.resource_drift]
        outputs = [_output(name, each) for name, each in content.output_changes.items()]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise InputError(f"{file}: is no plan of a known form: {where}: {first['msg'].lower()}") from None
    except KeyError as error:
        known = ", ".join("/".join(actions) for actions in ACTIONS)
        raise InputError(f"{file}: unknown actions {error.args[0]!r}; known are {known}") from None
    return Plan(
        changes=tuple(each for each in changes if each.action != "no-op"),
        unchanged=sum(each.action == "no-op" for each in changes),
        drift=tuple(each for each in drift if each.action != "no-op"),
        outputs=tuple(each for each in outputs if each.action != "no-op"),
        notes=tuple(_notes(content)),
        state={
            each.address: each.values
            for each in content.prior_state.values.root_module.all()
            if not each.deposed_key
        },
        secrets=frozenset(_secrets(content)),
        errored=content.errored,
        blocks=blocks,
    )


def _change(resource: _Resource, content: _Document, blocks: Mapping[str, Attributes]) -> Change:
    change = resource.change
    action = change.action
    if action == "no-op" and resource.previous_address:
        action = "move"
    after = dict(change.after or {})
    after |= {
        name: reference
        for name, reference in _references(resource.address, content.configuration)
        if at(change.after_unknown, (name,)) is True
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
        construct=construct_path(blocks.get(unindexed(resource.address))),
        previous=resource.previous_address,
        leaves_behind="forget" in change.actions,
    )


def _references(address: str, configuration: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """The arguments of a resource in the root module that are one reference: name and `${reference}`."""
    for resource in at(configuration, ("root_module", "resources")) or ():
        if at(resource, ("address",)) == unindexed(address):
            expressions = at(resource, ("expressions",))
            for name, expression in expressions.items() if isinstance(expressions, Mapping) else ():
                reference = at(expression, ("references", 0))
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
        yield "Planning failed: what follows is a part of it."
    if not content.complete:
        yield "The plan is not complete: after it is applied, another one is needed."
    for invocation in content.action_invocations:
        yield f"The action {_address(invocation)} is invoked."
    for check in content.checks:
        if check.get("status") in ("fail", "error"):
            yield f"The check {_address(at(check, ('address',)))} does not hold."


def _address(value: JSON) -> str:
    """As code; keys of instances are left out, for whatever they hold."""
    address = at(value, ("to_display",)) or at(value, ("address",))
    return Redactor().code(unindexed(str(address or "unknown")))


def _secrets(content: _Document) -> Iterator[str]:
    """Every text that is marked as sensitive somewhere."""
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
        marked = any(at(marks, path[:length]) is True for length in range(len(path) + 1))
        if marked and leaf is not None and not isinstance(leaf, bool):
            yield str(leaf)
            yield from within(leaf)
