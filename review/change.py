"""What changes: one resource before and after, and where the two differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

JSON: TypeAlias = Any
"""Any JSON value; the shapes are the provider's."""

Path: TypeAlias = tuple[str | int, ...]
Action = Literal["create", "update", "replace", "delete", "forget", "read", "import", "move", "no-op"]

TAGS = frozenset({"tags", "tags_all"})


@dataclass(frozen=True)
class Difference:
    """One value that changes.

    Attributes:
        path: Where it is: attribute names and indices.
        before: None where there was none.
        after: None where there is none, or where it is not known yet.
        unknown: Whether it is known only after the apply.
        sensitive: Whether the plan marks it, before or after.
    """

    path: Path
    before: JSON
    after: JSON
    unknown: bool = False
    sensitive: bool = False

    @property
    def name(self) -> str:
        """`environment.variables.LOG_LEVEL`; the index of a block that stands alone is left out."""
        return dotted(self.path)


@dataclass(frozen=True)
class Change:
    """What becomes of one resource.

    Attributes:
        address: As Terraform writes it.
        type: `aws_dynamodb_table`, say.
        action: What Terraform does. `forget` leaves the thing and drops it from the state.
        before: Its attributes; empty where it is created. An unknown attribute of `after` stands as
            the reference that it will be resolved from, where the plan says so.
        after: Likewise; empty where it is destroyed.
        unknown: What is known after the apply: the shape of `after`, with true at such leaves.
        sensitive: What is marked as sensitive before, and after, in the same form.
        forced_by: The attributes that cannot be changed in place.
        reason: Terraform's word for why, such as `replace_because_tainted`.
        construct: The path of the construct that made it, where a synth was given.
        previous: The address that it had before, where it moves.
        leaves_behind: Whether what is replaced is not destroyed, but forgotten.
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
    previous: str | None = None
    leaves_behind: bool = False

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """The values that change, null against empty apart; of an unknown tree, its root."""
        return tuple(self._differences())

    @property
    def tags_alone(self) -> bool:
        """Whether it is an update of nothing but tags."""
        names = {each.path[0] for each in self.differences}
        return self.action == "update" and bool(names) and names <= TAGS

    def was(self, *path: str | int) -> JSON:
        """The value at `path` before; None where there is none."""
        return at(self.before, path)

    def becomes(self, *path: str | int) -> JSON:
        """The value at `path` after; None where there is none or it is not known."""
        return at(self.after, path)

    def hides(self, path: Path) -> bool:
        """Whether the plan marks the value at `path`, or one around or within it, as sensitive."""
        return any(_marked(mark, path) for mark in self.sensitive)

    def _differences(self) -> Iterator[Difference]:
        for name in sorted({*self.before, *self.after, *_keys(self.unknown)}):
            before, after = self.before.get(name), self.after.get(name)
            for path, old, new, unknown in compare(before, after, _child(self.unknown, name), (name,)):
                yield Difference(path, old, new, unknown, self.hides(path))


def compare(
    before: JSON, after: JSON, unknown: JSON = False, path: Path = ()
) -> Iterator[tuple[Path, JSON, JSON, bool]]:
    """Yield path, old value, new value and whether that is unknown, for each leaf that differs.

    Lists are compared without the elements that both have, since most are sets to AWS; where only their order
    differs, they differ as a whole.
    """
    if unknown is True:
        yield path, before, None, True
    elif before == after or (empty(before) and empty(after) and not _keys(unknown)):
        yield from _unknown_within(before, unknown, path)
    elif isinstance(before, Mapping | None) and isinstance(after, Mapping | None):
        old, new = before or {}, after or {}
        for key in sorted({*old, *new, *_keys(unknown)}):
            yield from compare(old.get(key), new.get(key), _child(unknown, key), (*path, key))
    elif isinstance(before, list | None) and isinstance(after, list | None):
        yield from _compare_lists(before or [], after or [], unknown, path)
    else:
        yield path, before, after, False


def _compare_lists(
    before: list[JSON], after: list[JSON], unknown: JSON, path: Path
) -> Iterator[tuple[Path, JSON, JSON, bool]]:
    old = [each for each in before if each not in after]
    new = [index for index, each in enumerate(after) if each not in before]
    new += [index for index in _keys(unknown) if isinstance(index, int) and index not in new]
    reordered = not old and not new and before != after
    if reordered or not all(
        isinstance(each, Mapping) for each in (*old, *(at(after, (i,)) or {} for i in new))
    ):
        if old or new or reordered:
            yield path, before, after, any(_child(unknown, index) is True for index in new)
        return
    for place in range(max(len(old), len(new))):
        index = new[place] if place < len(new) else len(after) + place
        was = old[place] if place < len(old) else None
        yield from compare(was, at(after, (index,)), _child(unknown, index), (*path, index))


def _unknown_within(before: JSON, unknown: JSON, path: Path) -> Iterator[tuple[Path, JSON, JSON, bool]]:
    for key in _keys(unknown):
        below = at(before, (key,))
        if unknown[key] is True:
            yield (*path, key), below, None, True
        else:
            yield from _unknown_within(below, unknown[key], (*path, key))


def at(value: JSON, path: Sequence[str | int]) -> JSON:
    """The value at `path` within `value`; None where it leads to nothing."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def leaves(value: JSON, path: Path = ()) -> Iterator[tuple[Path, JSON]]:
    """Every value that is no list or object, with its path."""
    if not isinstance(value, Mapping | list):
        yield path, value
        return
    for key, child in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from leaves(child, (*path, key))


def empty(value: JSON) -> bool:
    """Whether it says nothing: null, an empty text, or a list or object of such values."""
    if isinstance(value, Mapping):
        return all(map(empty, value.values()))
    if isinstance(value, list):
        return all(map(empty, value))
    return value is None or value == ""


def dotted(path: Path) -> str:
    """`rule[1].id`; of a block that comes first, or alone, `rule.id`."""
    text = ""
    for step in path:
        if isinstance(step, str):
            text += f".{step}" if text else step
        elif step:
            text += f"[{step}]"
    return text


def _keys(marks: JSON) -> list[Any]:
    """What marks below it: the keys of an object, the indices of a list."""
    if isinstance(marks, Mapping):
        return [key for key, below in marks.items() if below is True or _keys(below)]
    if isinstance(marks, list):
        return [index for index, below in enumerate(marks) if below is True or _keys(below)]
    return []


def _child(marks: JSON, key: str | int) -> JSON:
    return True if marks is True else at(marks, (key,))


def _marked(marks: JSON, path: Path) -> bool:
    """Whether `path` is marked; in a list all elements are where one is, since their order may differ."""
    if marks is True or not path:
        return marks is True or bool(_keys(marks))
    if isinstance(marks, list):
        return any(_marked(each, path[1:]) for each in marks)
    return _marked(at(marks, path[:1]), path[1:])
