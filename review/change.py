"""A change of one resource: its attributes before and after, and where they differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

JSON: TypeAlias = Any
"""Any JSON value; the provider defines its shape."""

Path: TypeAlias = tuple[str | int, ...]
Action = Literal["create", "update", "replace", "delete", "forget", "read", "import", "move", "no-op"]

TAGS = frozenset({"tags", "tags_all"})


@dataclass(frozen=True)
class Difference:
    """A value that changes.

    Attributes:
        path: Attribute names and list indices that lead to the value.
        before: Old value; None if there was none.
        after: New value; None if there is none or it is unknown.
        unknown: Whether the new value is known only after apply.
        sensitive: Whether the plan marks the old or the new value as sensitive.
    """

    path: Path
    before: JSON
    after: JSON
    unknown: bool = False
    sensitive: bool = False

    @property
    def name(self) -> str:
        """The path as text, such as `environment.variables.LOG_LEVEL`; the index 0 is omitted."""
        return dotted_path(self.path)


@dataclass(frozen=True)
class Change:
    """A change of one resource.

    Attributes:
        address: Address, as Terraform writes it.
        type: Resource type, such as `aws_dynamodb_table`.
        action: What Terraform does. `forget` removes the resource from the state but does not destroy it.
        before: Old attributes; empty if the resource is created.
        after: New attributes; empty if the resource is destroyed. An unknown attribute that the
            configuration sets to a reference has that reference, `${type.name.attribute}`, as its value.
        unknown: What is known only after apply: the shape of `after`, with true at unknown values.
        sensitive: What is marked as sensitive, before and after, in the same form as `unknown`.
        forced_by: Paths of the attributes that cannot be changed in place.
        reason: Terraform's `action_reason`, such as `replace_because_tainted`.
        construct: Path of the construct; None unless a synth was given.
        previous_address: Old address, if the resource moves.
        retains_old: Whether a replaced resource is removed from the state instead of destroyed.
    """

    address: str
    type: str
    action: Action
    before: Mapping[str, JSON]
    after: Mapping[str, JSON]
    unknown: JSON = False
    sensitive: tuple[JSON, JSON] = (False, False)
    forced_by: tuple[Path, ...] = ()
    reason: str | None = None
    construct: str | None = None
    previous_address: str | None = None
    retains_old: bool = False

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """The values that change; null and empty count as equal, an unknown tree as one value."""
        return tuple(self._differences())

    @property
    def tags_only(self) -> bool:
        """Whether the change is an update of tags only."""
        names = {difference.path[0] for difference in self.differences}
        return self.action == "update" and bool(names) and names <= TAGS

    def value_before(self, *path: str | int) -> JSON:
        """Return the old value at `path`; None if there is none."""
        return value_at(self.before, path)

    def value_after(self, *path: str | int) -> JSON:
        """Return the new value at `path`; None if there is none or it is unknown."""
        return value_at(self.after, path)

    def is_sensitive(self, path: Path) -> bool:
        """Return whether the plan marks the value at `path`, its parent or a part of it as sensitive."""
        return any(_is_marked(mark, path) for mark in self.sensitive)

    def _differences(self) -> Iterator[Difference]:
        for name in _names(self.before, self.after, self.unknown):
            before, after = self.before.get(name), self.after.get(name)
            for path, old, new, unknown in compare(before, after, _child_mark(self.unknown, name), (name,)):
                yield Difference(path, old, new, unknown, self.is_sensitive(path))


def compare(
    before: JSON, after: JSON, unknown: JSON = False, path: Path = ()
) -> Iterator[tuple[Path, JSON, JSON, bool]]:
    """Yield path, old value, new value and whether the new value is unknown, for each leaf that differs.

    Elements that are in both lists are ignored, because most lists are sets to AWS. Lists that differ only in
    their order differ as a whole.
    """
    if unknown is True:
        yield path, before, None, True
    elif before == after or (is_empty(before) and is_empty(after) and not _marked_keys(unknown)):
        yield from _unknown_within(before, unknown, path)
    elif isinstance(before, Mapping | None) and isinstance(after, Mapping | None):
        old, new = before or {}, after or {}
        for key in _names(old, new, unknown):
            yield from compare(old.get(key), new.get(key), _child_mark(unknown, key), (*path, key))
    elif isinstance(before, list | None) and isinstance(after, list | None):
        yield from _compare_lists(before or [], after or [], unknown, path)
    else:
        yield path, before, after, False


def _compare_lists(
    before: list[JSON], after: list[JSON], unknown: JSON, path: Path
) -> Iterator[tuple[Path, JSON, JSON, bool]]:
    old = [item for item in before if item not in after]
    new = [index for index, item in enumerate(after) if item not in before]
    new += [index for index in _marked_keys(unknown) if isinstance(index, int) and index not in new]
    reordered = not old and not new and before != after
    if reordered or not all(
        isinstance(item, Mapping) for item in (*old, *(value_at(after, (index,)) or {} for index in new))
    ):
        if old or new or reordered:
            yield path, before, after, any(_child_mark(unknown, index) is True for index in new)
        return
    for position in range(max(len(old), len(new))):
        index = new[position] if position < len(new) else len(after) + position
        old_item = old[position] if position < len(old) else None
        yield from compare(old_item, value_at(after, (index,)), _child_mark(unknown, index), (*path, index))


def _unknown_within(before: JSON, unknown: JSON, path: Path) -> Iterator[tuple[Path, JSON, JSON, bool]]:
    for key in _marked_keys(unknown):
        child = value_at(before, (key,))
        if unknown[key] is True:
            yield (*path, key), child, None, True
        else:
            yield from _unknown_within(child, unknown[key], (*path, key))


def value_at(value: JSON, path: Sequence[str | int]) -> JSON:
    """Return the value at `path` within `value`; None if the path does not exist."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def as_object(value: JSON) -> Mapping[str, JSON]:
    """Return an object, or an empty one for any other value."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: JSON) -> list[JSON]:
    """Return a list, or an empty one for any other value."""
    return value if isinstance(value, list) else []


def leaves(value: JSON, path: Path = ()) -> Iterator[tuple[Path, JSON]]:
    """Yield every value that is neither a list nor an object, with its path."""
    if not isinstance(value, Mapping | list):
        yield path, value
        return
    for key, child in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from leaves(child, (*path, key))


def is_empty(value: JSON) -> bool:
    """Return whether a value is null, an empty string, or a list or object of empty values."""
    if isinstance(value, Mapping):
        return all(map(is_empty, value.values()))
    if isinstance(value, list):
        return all(map(is_empty, value))
    return value is None or value == ""


def dotted_path(path: Path) -> str:
    """Return a path as text, such as `rule[1].id`; the index 0 is omitted: `rule.id`."""
    text = ""
    for step in path:
        if isinstance(step, str):
            text += f".{step}" if text else step
        elif step:
            text += f"[{step}]"
    return text


def _names(before: Mapping[str, JSON], after: Mapping[str, JSON], unknown: JSON) -> list[str]:
    """Return all attribute names; a malformed plan may mark a list where `after` has an object."""
    marked = _marked_keys(unknown) if isinstance(unknown, Mapping) else ()
    return sorted({*before, *after, *marked})


def _marked_keys(marks: JSON) -> list[Any]:
    """Return the keys of an object, or the indices of a list, that are marked or contain a mark."""
    if isinstance(marks, Mapping):
        return [key for key, child in marks.items() if child is True or _marked_keys(child)]
    if isinstance(marks, list):
        return [index for index, child in enumerate(marks) if child is True or _marked_keys(child)]
    return []


def _child_mark(marks: JSON, key: str | int) -> JSON:
    return True if marks is True else value_at(marks, (key,))


def _is_marked(marks: JSON, path: Path) -> bool:
    """Return whether `path` is marked.

    One marked element marks the whole list, because the order of its elements may change.
    """
    if marks is True or not path:
        return marks is True or bool(_marked_keys(marks))
    if isinstance(marks, list):
        return any(_is_marked(mark, path[1:]) for mark in marks)
    return _is_marked(value_at(marks, path[:1]), path[1:])
