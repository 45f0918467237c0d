"""Expressions in Terraform's strings, and the references among them.

An expression stands in `${...}`; `$${` and `%%{` are escapes. A reference is an expression that is an
attribute of a block and nothing else: `${aws_vpc.main.id}`, `${data.aws_region.here.region}`, also with a
path into the attribute's value (`[0]`, `.0`, `.name`). Functions, conditions, splats and directives are
expressions without a reference (https://developer.hashicorp.com/terraform/language/expressions/strings).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# An escape, an expression without braces inside, or the beginning of any other expression or directive.
_TEMPLATE = re.compile(r"(?P<escape>\$\$\{|%%\{)|\$\{(?P<expression>[^{}]*)\}|(?P<other>[$%]\{)")
_REFERENCE = re.compile(
    r"(?P<address>(?:data\.|ephemeral\.)?[a-z][a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_-]*)"
    r"\.(?P<attribute>[a-z_][a-z0-9_]*)"
    r"(?P<path>(?:\.[A-Za-z0-9_-]+|\[[0-9]+\])*)"
)
_STEP = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Reference:
    """A reference to an attribute of a block.

    Attributes:
        address: The address of the block.
        attribute: The name of the attribute.
        steps: The path into the attribute's value: names, and indexes as digits.
    """

    address: str
    attribute: str
    steps: tuple[str, ...] = ()

    @property
    def qualified_type(self) -> str:
        """The type of the block, with its section unless it is a resource: `aws_vpc`, `data.aws_region`."""
        return self.address.rpartition(".")[0]

    def __str__(self) -> str:
        path = "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in self.steps)
        return written(f"{self.address}.{self.attribute}{path}")


@dataclass(frozen=True)
class Expression:
    """An expression in a string.

    Attributes:
        text: The expression with its braces; where its end is not known, only the opening brace.
        rest: The string from the beginning of the expression, for messages.
        reference: What it refers to; None for any other expression.
    """

    text: str
    rest: str
    reference: Reference | None


def expressions(text: str) -> Iterator[Expression]:
    """Yield the expressions in a string, in their order."""
    for match in _TEMPLATE.finditer(text):
        if not match["escape"]:
            yield _expression(match)


def whole_expression(text: str) -> Expression | None:
    """Return the expression that a string consists of; None for any other string."""
    match = _TEMPLATE.fullmatch(text)
    return _expression(match) if match and match["expression"] is not None else None


def is_expression(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a value is a string that begins with an expression, so that only an apply knows it."""
    return isinstance(value, str) and value.startswith("${")


def has_expression(text: str) -> bool:
    """Whether a string contains an expression."""
    return any(True for _ in expressions(text))


def replace(text: str, replacement: Callable[[Expression], str], *, unescape: bool = False) -> str:
    """Return a string with its expressions replaced.

    Args:
        text: The string.
        replacement: Called with each expression; returns `expression.text` to leave it as it is.
        unescape: Whether the result is a plain string, in which `$${` is `${`; by default it remains a
            template.
    """

    def of(match: re.Match[str]) -> str:
        if match["escape"]:
            return match["escape"][1:] if unescape else match["escape"]
        return replacement(_expression(match))

    return _TEMPLATE.sub(of, text)


def replace_in(value: Any, replacement: Callable[[Expression], str]) -> Any:  # noqa: ANN401 - any JSON
    """Return a JSON value with the expressions in its strings replaced, as `replace` does."""
    if isinstance(value, Mapping):
        return {key: replace_in(nested, replacement) for key, nested in value.items()}
    if isinstance(value, list | tuple):
        return [replace_in(element, replacement) for element in value]
    return replace(value, replacement) if isinstance(value, str) else value


def references(value: Any) -> Iterator[Reference]:  # noqa: ANN401 - any JSON
    """Yield the references in the strings of a JSON value; other expressions are ignored."""
    if isinstance(value, Mapping):
        for nested in value.values():
            yield from references(nested)
    elif isinstance(value, list | tuple):
        for element in value:
            yield from references(element)
    elif isinstance(value, str):
        for expression in expressions(value):
            if expression.reference:
                yield expression.reference


def addresses(value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Return the addresses that a JSON value refers to, each once, in the order of their references."""
    return list(dict.fromkeys(reference.address for reference in references(value)))


def parse(text: str) -> Reference:
    """Return the reference that a string consists of.

    Raises:
        ValueError: The string is anything else.
    """
    expression = whole_expression(text)
    if not expression or not expression.reference:
        raise ValueError(f"{text!r} is no reference")
    return expression.reference


def written(expression: str) -> str:
    """Return an expression as it stands in a string, with its braces."""
    return f"${{{expression}}}"


def steps(path: str) -> tuple[str, ...]:
    """Return the steps of a path: `Groups[0].Id` has three."""
    return tuple(_STEP.findall(path))


def _expression(match: re.Match[str]) -> Expression:
    reference = _REFERENCE.fullmatch((match["expression"] or "").strip())
    return Expression(
        text=match[0],
        rest=match.string[match.start() :],
        reference=reference
        and Reference(reference["address"], reference["attribute"], steps(reference["path"])),
    )
