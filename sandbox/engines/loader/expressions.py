"""Order blocks by their references, and replace references by their values.

Functions, conditions, splats and directives are errors. The stack contains none.
"""

from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from sandbox.errors import LoadError
from synthesized.references import Expression, Reference, expressions, replace, whole_expression
from synthesized.stack import JSON, Block

Lookup = Callable[[Reference], JSON]


def resolve(value: JSON, lookup: Lookup, where: str) -> JSON:
    """Return `value` with every reference in it replaced by what `lookup` returns.

    A string that consists of a single reference becomes the referenced value, whatever its type.

    Raises:
        LoadError: An expression is not a reference. The error names its path, which begins with `where`.
    """
    if isinstance(value, dict):
        return {key: resolve(nested, lookup, f"{where}.{key}") for key, nested in value.items()}
    if isinstance(value, list):
        return [resolve(element, lookup, f"{where}[{index}]") for index, element in enumerate(value)]
    if not isinstance(value, str):
        return value
    whole = whole_expression(value)
    if whole:
        return lookup(_reference(whole, where))
    return replace(value, lambda expression: _text(expression, lookup, where), unescape=True)


def references(value: JSON, where: str) -> Iterator[Reference]:
    """Yield every reference in `value`.

    Raises:
        LoadError: An expression is not a reference. The error names its path, which begins with `where`.
    """
    if isinstance(value, dict):
        for key, nested in value.items():
            yield from references(nested, f"{where}.{key}")
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from references(element, f"{where}[{index}]")
    elif isinstance(value, str):
        for expression in expressions(value):
            yield _reference(expression, where)


def order(blocks: Mapping[str, Block]) -> list[str]:
    """Return the addresses in an order in which every block follows the blocks that it refers to.

    Raises:
        LoadError: A referenced block does not exist, or references form a cycle.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for address, block in blocks.items():
        referred = {reference.address for reference in references(block.attributes, address)}
        needed = sorted(referred.union(block.depends_on))
        for other in needed:
            if other not in blocks:
                raise LoadError(address, f"refers to {other}, which is not in the stack")
        sorter.add(address, *needed)
    try:
        return list(sorter.static_order())
    except CycleError as error:
        cycle: list[str] = error.args[1]
        raise LoadError(cycle[0], f"references form a cycle: {' -> '.join(reversed(cycle))}") from None


def follow(value: JSON, path: tuple[str, ...]) -> JSON:
    """Return the value at a path in `value`.

    Raises:
        LookupError: The path does not exist.
        TypeError: A step leads into a scalar.
    """
    for step in path:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _reference(expression: Expression, where: str) -> Reference:
    """Return an expression as a reference."""
    if not expression.reference:
        raise LoadError(where, f"unknown expression {expression.rest[:200]!r}")
    return expression.reference


def _text(expression: Expression, lookup: Lookup, where: str) -> str:
    """Return the text of a reference inside a longer string."""
    value = lookup(_reference(expression, where))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise LoadError(where, f"{expression.text!r} inside a string must be a scalar, got {value!r}")
