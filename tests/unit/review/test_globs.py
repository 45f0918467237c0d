"""Patterns against brute force: all texts up to four letters of an alphabet with one that no pattern has."""

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.globs import LONGEST, overlap, within

TEXTS = ["".join(letters) for length in range(6) for letters in product("abz", repeat=length)]
PATTERNS = st.text(alphabet="ab*?", max_size=4)


def matched(pattern: str) -> set[str]:
    return {text for text in TEXTS if fnmatchcase(text, pattern)}


@given(PATTERNS, PATTERNS)
def test_within_is_never_said_of_what_matches_more(one: str, pattern: str) -> None:
    if within(one, pattern):
        assert matched(one) <= matched(pattern)


@given(st.text(alphabet="ab*", max_size=4), st.text(alphabet="ab*", max_size=4))
def test_within_is_said_of_all_that_is_without_question_marks(one: str, pattern: str) -> None:
    assert within(one, pattern) == (matched(one) <= matched(pattern))


@given(PATTERNS, PATTERNS)
def test_an_overlap_is_a_text_that_both_match(one: str, other: str) -> None:
    longest = 2 * max(len(one), len(other))  # a text that shows an overlap need not be longer
    if longest <= max(map(len, TEXTS)):
        assert overlap(one, other) == bool(matched(one) & matched(other))
    elif matched(one) & matched(other):
        assert overlap(one, other)


@given(PATTERNS, PATTERNS)
def test_overlap_has_no_order(one: str, other: str) -> None:
    assert overlap(one, other) == overlap(other, one)


@pytest.mark.parametrize(("one", "pattern"), [("*?", "?*"), ("**", "*"), ("a?*", "a*?")])
def test_wildcards_in_another_order_are_the_same(one: str, pattern: str) -> None:
    assert within(one, pattern)
    assert within(pattern, one)


def test_neither_contains_the_other_and_they_overlap() -> None:
    assert not within("a*", "*b")
    assert not within("*b", "a*")
    assert overlap("a*", "*b")


def test_many_stars_take_no_time() -> None:
    stars = "a*" * 100
    assert not within("a" * 200 + "b", stars + "a")
    assert overlap(stars, "*b*" + stars)


def test_what_is_too_long_is_taken_for_the_worse() -> None:
    long = "a" * (LONGEST + 1)
    assert not within(long, "a*")
    assert within(long, long)
    assert overlap(long, "b")
