"""Validate mappings of strings: JSON objects that clients send, and the environment.

A few lines of our own, because importing marshmallow adds a fifth or more to a cold start, and
pydantic is not pure Python (docs/decisions/0003-layer.md).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Rule = Callable[[str], str | None]
"""Returns what is wrong with a value, or None."""


class FieldsError(ValueError):
    """Fields that are wrong, missing or unknown: `errors`, pairs of field and message."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {said}" for name, said in errors))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that holds a string.

    Attributes:
        rules: All that hold for a value.
        required: Whether it has to be there.
        default: What it is when it is not; where that is None, null may be sent as well.
        convert: Makes the string, or the default, into what `validate` returns.
    """

    rules: tuple[Rule, ...] = ()
    required: bool = False
    default: str | None = None
    convert: Callable[[str], object] = str

    def wrong(self, value: object) -> list[str]:
        """Return what is wrong with a value that is there."""
        if value is None and not self.required and self.default is None:
            return []
        if not isinstance(value, str):
            return ["Not a string."]
        return [said for rule in self.rules if (said := rule(value))]

    def converted(self, value: object) -> object:
        """Return a right value as `validate` does; null stays null."""
        return self.convert(value) if isinstance(value, str) else value


def validate(fields: Mapping[str, Field], values: Mapping[str, object]) -> dict[str, Any]:
    """Return all `fields` with their values or defaults.

    Raises:
        FieldsError: Names everything that is wrong, missing or unknown.
    """
    errors = [(name, "Unknown field.") for name in values if name not in fields]
    for name, each in fields.items():
        if name in values:
            errors += [(name, said) for said in each.wrong(values[name])]
        elif each.required:
            errors.append((name, "Missing."))
    if errors:
        raise FieldsError(errors)
    return {name: each.converted(values.get(name, each.default)) for name, each in fields.items()}


def at_most(characters: int) -> Rule:
    """No more than so many code points."""
    return lambda value: f"Longer than {characters} characters." if len(value) > characters else None


def one_of(*allowed: str) -> Rule:
    """One of these."""
    return lambda value: None if value in allowed else f"Not one of {', '.join(allowed)}."


def like(pattern: re.Pattern[str], message: str) -> Rule:
    """Wholly matched by `pattern`."""
    return lambda value: None if pattern.fullmatch(value) else message


def not_blank(value: str) -> str | None:
    """Not empty, and not white space alone."""
    return None if value.strip() else "Blank."


def one_line(value: str) -> str | None:
    """Without line breaks and other control characters."""
    if any(unicodedata.category(character) == "Cc" for character in value):
        return "Has a control character."
    return None
