"""Events and responses of the records functions (R1)."""

import json
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.records.messages import (
    ALLOWED,
    DEFAULT_ID,
    MAX_ID_BYTES,
    IdError,
    parse_id,
    request_id_of,
    respond,
)
from tests.unit.handlers.strategies import anything, text


@pytest.mark.parametrize("event", [None, [], "x", 1, True, {}, {"id": None}, {"ID": "x"}, ["id"]])
def test_event_without_an_id_gets_the_default(event: object) -> None:
    assert parse_id(event) == DEFAULT_ID == "default-1"


@pytest.mark.parametrize("value", ["x", " ", "null", "a\x00b", "é" * 1024, "x" * MAX_ID_BYTES, "😀", "'\"{}"])
def test_valid_id_is_returned_unchanged(value: str) -> None:
    assert parse_id({"id": value, "source": "mine", "requestId": 3}) == value


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (0, "a number"),
        (1.5, "a number"),
        (float("nan"), "a number"),
        (False, "a boolean"),
        ([], "an array"),
        ({"id": "x"}, "an object"),
        ("", "a string of 0 bytes"),
        ("x" * 2049, "a string of 2049 bytes"),
        ("é" * 1025, "a string of 2050 bytes"),
        ("\ud800", "a string that is not Unicode"),
    ],
)
def test_invalid_id_is_an_error_with_its_type_or_size(value: object, description: str) -> None:
    with pytest.raises(IdError) as caught:
        parse_id({"id": value})
    assert str(caught.value) == f"id is {description}: allowed is {ALLOWED}"


@given(anything | st.builds(dict, id=anything | text))
def test_any_event_has_an_id_or_is_rejected(event: object) -> None:
    with suppress(IdError):
        assert 1 <= len(parse_id(event).encode()) <= MAX_ID_BYTES


@given(st.text(min_size=1, max_size=500))
def test_any_short_text_is_a_valid_id(value: str) -> None:
    assert parse_id({"id": value}) == value


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (SimpleNamespace(aws_request_id="r-1"), "r-1"),
        (SimpleNamespace(aws_request_id=""), "unknown"),
        (SimpleNamespace(aws_request_id=None), "unknown"),
        (SimpleNamespace(), "unknown"),
        (None, "unknown"),
    ],
)
def test_request_id_is_read_from_the_context(context: object, expected: str) -> None:
    assert request_id_of(context) == expected


def test_response_body_is_ascii_json() -> None:
    response = respond(200, {"id": "é"})
    assert response == {"statusCode": 200, "body": '{"id": "\\u00e9"}'}
    assert json.loads(response["body"]) == {"id": "é"}
