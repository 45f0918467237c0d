"""Pattern comparison against brute force: all short texts, with a letter that no pattern contains."""

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.globs import MAX_PATTERN_LENGTH, is_subset, overlaps

TEXTS = ["".join(letters) for length in range(6) for letters in product("abz", repeat=length)]
PATTERNS = st.text(alphabet="ab*?", max_size=4)


def matched(pattern: str) -> set[str]:
    return {text for text in TEXTS if fnmatchcase(text, pattern)}


@given(PATTERNS, PATTERNS)
def test_subset_matches_no_more_than_the_pattern(candidate: str, pattern: str) -> None:
    if is_subset(candidate, pattern):
        assert matched(candidate) <= matched(pattern)


@given(st.text(alphabet="ab*", max_size=4), st.text(alphabet="ab*", max_size=4))
def test_subset_is_exact_without_question_marks(candidate: str, pattern: str) -> None:
    assert is_subset(candidate, pattern) == (matched(candidate) <= matched(pattern))


@given(PATTERNS, PATTERNS)
def test_overlap_means_a_common_match(first: str, second: str) -> None:
    longest = 2 * max(len(first), len(second))  # a text that shows an overlap need not be longer
    if longest <= max(map(len, TEXTS)):
        assert overlaps(first, second) == bool(matched(first) & matched(second))
    elif matched(first) & matched(second):
        assert overlaps(first, second)


@given(PATTERNS, PATTERNS)
def test_overlap_is_symmetric(first: str, second: str) -> None:
    assert overlaps(first, second) == overlaps(second, first)


@pytest.mark.parametrize(("candidate", "pattern"), [("*?", "?*"), ("**", "*"), ("a?*", "a*?")])
def test_reordered_wildcards_are_equal(candidate: str, pattern: str) -> None:
    assert is_subset(candidate, pattern)
    assert is_subset(pattern, candidate)


def test_patterns_overlap_without_being_subsets() -> None:
    assert not is_subset("a*", "*b")
    assert not is_subset("*b", "a*")
    assert overlaps("a*", "*b")


def test_many_wildcards_are_fast() -> None:
    stars = "a*" * 100
    assert not is_subset("a" * 200 + "b", stars + "a")
    assert overlaps(stars, "*b*" + stars)


def test_too_long_patterns_are_judged_conservatively() -> None:
    long = "a" * (MAX_PATTERN_LENGTH + 1)
    assert not is_subset(long, "a*")
    assert is_subset(long, long)
    assert overlaps(long, "b")
