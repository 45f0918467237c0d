"""Validate mappings of strings: JSON objects that clients send, and environment variables.

Written here because importing marshmallow makes a cold start at least a fifth longer, and pydantic is not
pure Python (docs/decisions/0003-pure-python-layer.md).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Rule = Callable[[str], str | None]
"""Checks a value; returns an error message, or None if the value is valid."""


class FieldsError(ValueError):
    """Invalid, missing or unknown fields.

    Attributes:
        errors: Pairs of field name and message.
    """

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that holds a string.

    Attributes:
        rules: Rules that a value must meet, all of them.
        required: Whether the field must be present.
        default: Value of an absent field. Where it is None, a client may also send null.
        convert: Converts the string, or the default, to the value that `validate` returns.
    """

    rules: tuple[Rule, ...] = ()
    required: bool = False
    default: str | None = None
    convert: Callable[[str], object] = str

    def errors(self, value: object) -> list[str]:
        """Return the error messages for a value that is present."""
        if value is None and not self.required and self.default is None:
            return []
        if not isinstance(value, str):
            return ["Must be a string."]
        return [message for rule in self.rules if (message := rule(value))]

    def converted(self, value: object) -> object:
        """Return a valid value, converted; null stays null."""
        return self.convert(value) if isinstance(value, str) else value


def validate(fields: Mapping[str, Field], values: Mapping[str, object]) -> dict[str, Any]:
    """Return the converted values of all `fields`, with defaults for absent ones.

    Raises:
        FieldsError: Lists every invalid, missing and unknown field.
    """
    errors = [(name, "Unknown field.") for name in values if name not in fields]
    for name, field in fields.items():
        if name in values:
            errors += [(name, message) for message in field.errors(values[name])]
        elif field.required:
            errors.append((name, "Required."))
    if errors:
        raise FieldsError(errors)
    return {name: field.converted(values.get(name, field.default)) for name, field in fields.items()}


def max_length(characters: int) -> Rule:
    """Return the rule that a value has at most this many code points."""
    return lambda value: f"Must have at most {characters} characters." if len(value) > characters else None


def one_of(*allowed: str) -> Rule:
    """Return the rule that a value is one of `allowed`."""
    return lambda value: None if value in allowed else f"Must be one of {', '.join(allowed)}."


def matches(pattern: re.Pattern[str], message: str) -> Rule:
    """Return the rule that `pattern` matches the whole value; `message` is the error."""
    return lambda value: None if pattern.fullmatch(value) else message


def not_blank(value: str) -> str | None:
    """Check that a value is neither empty nor only white space."""
    return None if value.strip() else "Must not be blank."


def one_line(value: str) -> str | None:
    """Check that a value has no line breaks or other control characters."""
    if any(unicodedata.category(character) == "Cc" for character in value):
        return "Must not contain control characters."
    return None
