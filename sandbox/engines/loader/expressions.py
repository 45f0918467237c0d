"""References in Terraform's strings: finding them, ordering by them, putting values in their place.

`${aws_vpc.main.id}` and `${data.aws_region.here.region}` are known, also inside a longer string
and with indexes (`[0]`, `.0`). Functions, conditions, splats and directives are not: the stack
has none, and an error beats a value that is almost right.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from sandbox.engines.loader.document import JSON, Block
from sandbox.errors import LoadError

# An escape, an expression without braces of its own, or the beginning of something else.
_TEMPLATE = re.compile(r"(?P<escape>\$\$\{|%%\{)|\$\{(?P<expression>[^{}]*)\}|(?P<other>[$%]\{)")
_REFERENCE = re.compile(
    r"(?P<address>(?:data\.|ephemeral\.)?[a-z][a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_-]*)"
    r"\.(?P<attribute>[a-z_][a-z0-9_]*)"
    r"(?P<path>(?:\.[A-Za-z0-9_-]+|\[[0-9]+\])*)"
)
_STEP = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Reference:
    """A reference to an attribute of a block: `address.attribute`, then steps into its value."""

    address: str
    attribute: str
    steps: tuple[str, ...]


Lookup = Callable[[Reference], JSON]


def resolve(value: JSON, lookup: Lookup, where: str) -> JSON:
    """Return `value` with every reference in it replaced by what `lookup` gives.

    A string that is one reference and nothing else becomes the referenced value, of whatever type.

    Raises:
        LoadError: An expression is no reference; `where` is the address it names.
    """
    if isinstance(value, dict):
        return {key: resolve(each, lookup, f"{where}.{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [resolve(each, lookup, f"{where}[{i}]") for i, each in enumerate(value)]
    if not isinstance(value, str):
        return value
    whole = _TEMPLATE.fullmatch(value)
    if whole and whole["expression"] is not None:
        return lookup(_reference(whole, where))
    return _TEMPLATE.sub(lambda match: _text(match, lookup, where), value)


def references(value: JSON, where: str) -> Iterator[Reference]:
    """Give every reference in `value`.

    Raises:
        LoadError: An expression is no reference; `where` is the address it names.
    """
    if isinstance(value, dict):
        for key, each in value.items():
            yield from references(each, f"{where}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from references(each, f"{where}[{index}]")
    elif isinstance(value, str):
        for match in _TEMPLATE.finditer(value):
            if not match["escape"]:
                yield _reference(match, where)


def order(blocks: Mapping[str, Block]) -> list[str]:
    """Return the addresses so that each comes after all that it refers to or depends on.

    Raises:
        LoadError: A reference leads to nothing, or they make a circle.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for address, block in blocks.items():
        found = {each.address for each in references(block.attributes, address)}
        needed = sorted(found.union(block.depends_on))
        for each in needed:
            if each not in blocks:
                raise LoadError(address, f"refers to {each}, which is not in the stack")
        sorter.add(address, *needed)
    try:
        return list(sorter.static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        raise LoadError(circle[0], f"is in a circle: {' -> '.join(reversed(circle))}") from None


def steps(path: str) -> tuple[str, ...]:
    """Return the steps of a path: `Groups[0].Id` has three."""
    return tuple(_STEP.findall(path))


def follow(value: JSON, path: tuple[str, ...]) -> JSON:
    """Return what the steps of a path lead to in `value`.

    Raises:
        LookupError: They lead to nothing.
        TypeError: They lead into what is neither a list nor a block.
    """
    for step in path:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _reference(match: re.Match[str], where: str) -> Reference:
    """Read what stands in a template as a reference."""
    found = _REFERENCE.fullmatch((match["expression"] or "").strip())
    if not found:
        raise LoadError(where, f"unknown expression {match.string[match.start() :][:200]!r}")
    return Reference(found["address"], found["attribute"], steps(found["path"]))


def _text(match: re.Match[str], lookup: Lookup, where: str) -> str:
    """Return what stands for a match inside a longer string."""
    if match["escape"]:
        return match["escape"][1:]
    value = lookup(_reference(match, where))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise LoadError(where, f"{match[0]!r} inside a string is no text but {value!r}")
