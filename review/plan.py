"""What is reviewed, and how it is read from a plan: `terraform show -json` of a saved plan file.

The format is Terraform's "JSON Output Format", major version 1
(https://developer.hashicorp.com/terraform/internals/json-format).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from review.change import JSON, Action, Change, Path, at, leaves
from review.errors import InputError
from review.redact import Redactor

Attributes = dict[str, Any]

CONSTRUCT = ("//", "metadata", "path")
"""Where CDKTF writes the path of the construct that a block comes from."""

ACTIONS: dict[tuple[str, ...], Action] = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "replace",
    ("forget",): "forget",
}

REFERENCE = re.compile(r"\$\{((?:data\.)?\w+\.[\w-]+)\.(\w+)\}")
HOW = "write one with `terraform plan -out=FILE` and `terraform show -json FILE`"


@dataclass(frozen=True)
class Output:
    """An output that changes; `sensitive` where the plan marks it."""

    name: str
    action: Action
    before: JSON
    after: JSON
    unknown: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class Plan:
    """What is reviewed, wherever it was read from.

    Attributes:
        changes: Every resource that changes.
        unchanged: How many do not.
        drift: What was changed outside Terraform, as it was recorded.
        outputs: The outputs that change.
        notes: What else a reviewer has to know, such as that planning failed.
        state: The attributes of what is in the state, by address.
        secrets: Texts that the plan marks as sensitive, wherever they stand.
        blocks: The synthesized resources by address, where a synth was given with the plan.
    """

    changes: tuple[Change, ...]
    unchanged: int = 0
    drift: tuple[Change, ...] = ()
    outputs: tuple[Output, ...] = ()
    notes: tuple[str, ...] = ()
    state: Mapping[str, Attributes] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    blocks: Mapping[str, Attributes] = field(default_factory=dict)

    def synthesized(self, address: str, name: str) -> JSON:
        """What the synth has for an argument that the plan does not know yet; None without a synth.

        References in it are resolved as far as the state goes.
        """
        value = at(self.blocks, (unindexed(address), name))
        if not isinstance(value, str):
            return value
        return REFERENCE.sub(lambda found: str(self._resolved(*found.groups()) or found[0]), value)

    def _resolved(self, address: str, attribute: str) -> JSON:
        value = at(self.state, (address, attribute))
        return value if isinstance(value, str) else None


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


class _Resource(BaseModel):
    address: str
    type: str
    name: str = ""
    change: _Change
    action_reason: str | None = None
    previous_address: str | None = None
    deposed: str | None = None


class _Known(BaseModel):
    address: str
    type: str
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
        state={each.address: each.values for each in content.prior_state.values.root_module.all()},
        secrets=frozenset(_secrets(content)),
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
        construct=at(blocks, (unindexed(resource.address), *CONSTRUCT)),
        previous=resource.previous_address,
    )


def unindexed(address: str) -> str:
    """The address without what `count` and `for_each` add to it."""
    return re.sub(r"\[(\d+|\"([^\"\\]|\\.)*\")\]", "", address)


def _references(address: str, configuration: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """The arguments of a resource in the root module that are one reference: name and `${reference}`."""
    for resource in at(configuration, ("root_module", "resources")) or ():
        if resource.get("address") == unindexed(address):
            for name, expression in resource.get("expressions", {}).items():
                references = expression.get("references") if isinstance(expression, Mapping) else None
                if references:
                    yield name, f"${{{references[0]}}}"


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
        yield "The plan is not complete: some changes are deferred to a later one."
    for check in content.checks:
        if check.get("status") in ("fail", "error"):
            address = at(check, ("address", "to_display")) or "unknown"
            yield f"The check {Redactor().code(address)} does not hold."


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
        if isinstance(leaf, str) and any(at(marks, path[:length]) is True for length in range(len(path) + 1)):
            yield leaf
