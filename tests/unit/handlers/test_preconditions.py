"""`If-Match` (T4)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.problems import HttpError
from handlers.tasks.preconditions import expected_versions


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (None, None),
        ("*", None),
        (" * ", None),
        ('"3"', {3}),
        ('"3","4" ,\t"5"', {3, 4, 5}),
        (', "3",,', {3}),
        ('W/"3"', set()),
        ('W/"3", "4"', {4}),
        ('"x", "03", "0", "-1", "", "3a", "1.0"', set()),
        ('"9999999999999999"', set()),
        ('"a,b"', set()),
        ('"3", "3"', {3}),
    ],
)
def test_header_is_translated_to_versions(header: str | None, versions: set[int] | None) -> None:
    assert expected_versions(header, required=False) == versions


@pytest.mark.parametrize(
    "header", ["", ",", "3", '"3', '3"', '"3" "4"', '*, "3"', 'w/"3"', '"a b"', '"3";', "''"]
)
def test_malformed_header_is_400(header: str) -> None:
    with pytest.raises(HttpError) as caught:
        expected_versions(header, required=False)
    assert caught.value.status == 400


def test_too_many_tags_are_400() -> None:
    tags = [f'"{number}"' for number in range(1, 102)]
    assert len(expected_versions(",".join(tags[:100]), required=False) or ()) == 100
    with pytest.raises(HttpError) as caught:
        expected_versions(",".join(tags), required=False)
    assert caught.value.status == 400


def test_missing_header_is_428_if_required() -> None:
    assert expected_versions("*", required=True) is None
    with pytest.raises(HttpError) as caught:
        expected_versions(None, required=True)
    assert caught.value.status == 428


@given(st.text() | st.text('W/"3, \t*'))
def test_any_header_is_read_or_rejected(header: str) -> None:
    try:
        expected_versions(header, required=True)
    except HttpError as error:
        assert error.status == 400  # noqa: PT017 - either outcome is right


def test_long_header_is_rejected_quickly() -> None:
    started = time.process_time()
    for header in (" ," * 20_000 + "x", '"1" ,' * 5_000 + " " * 20_000 + "x", 'W/"' * 10_000):
        with pytest.raises(HttpError):
            expected_versions(header, required=False)
    assert time.process_time() - started < 1
