"""Validation of fields."""

import re

import pytest

from handlers.common.fields import (
    Field,
    FieldsError,
    matches,
    max_length,
    not_blank,
    one_line,
    one_of,
    validate,
)

FIELDS = {
    "name": Field(rules=(max_length(3), not_blank), required=True),
    "kind": Field(rules=(one_of("a", "b"),), default="a"),
    "code": Field(rules=(matches(re.compile("[0-9]+"), "No number."),), convert=int),
}


def test_defaults_and_conversions_apply() -> None:
    assert validate(FIELDS, {"name": "x", "code": "07"}) == {"name": "x", "kind": "a", "code": 7}
    assert validate(FIELDS, {"name": "x"})["code"] is None


def test_null_is_only_accepted_if_it_is_the_default() -> None:
    assert validate(FIELDS, {"name": "x", "code": None})["code"] is None
    with pytest.raises(FieldsError) as caught:
        validate(FIELDS, {"name": None, "kind": None})
    assert caught.value.errors == [("name", "Must be a string."), ("kind", "Must be a string.")]


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(FieldsError) as caught:
        validate(FIELDS, {"kind": "c", "code": "x\n", "other": 1})
    assert caught.value.errors == [
        ("other", "Unknown field."),
        ("name", "Required."),
        ("kind", "Must be one of a, b."),
        ("code", "No number."),
    ]
    with pytest.raises(
        FieldsError, match=re.escape("name: Must have at most 3 characters.; name: Must not be blank.")
    ):
        validate(FIELDS, {"name": "    "})


@pytest.mark.parametrize("value", ["\n", "a\tb", "\x00", "\x7f", "\x85"])
def test_one_line_rejects_control_characters(value: str) -> None:
    assert one_line(value) == "Must not contain control characters."


def test_one_line_accepts_all_other_characters() -> None:
    assert one_line('Ünïcode 😀 "quoted"') is None
