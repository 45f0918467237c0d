"""Compares IAM patterns with `*` and `?`: whether one includes another, and whether two overlap.

`fnmatch` compares a pattern with text, not with another pattern.
"""

import re

MAX_PATTERN_LENGTH = 2_048
"""Longer patterns are compared as plain text; no ARN is longer (IAM and AWS STS quotas)."""


def is_subset(candidate: str, pattern: str) -> bool:
    """Return whether `pattern` matches every text that the pattern `candidate` matches."""
    if max(len(candidate), len(pattern)) > MAX_PATTERN_LENGTH:
        return candidate == pattern
    return _matches(_normalized(candidate), _normalized(pattern), both=False)


def overlaps(first: str, second: str) -> bool:
    """Return whether a text exists that both patterns match."""
    return max(len(first), len(second)) > MAX_PATTERN_LENGTH or _matches(first, second, both=True)


def _normalized(pattern: str) -> str:
    """Return the pattern with every run of wildcards in one spelling: all `?` first, then at most one `*`."""
    return re.sub(r"[*?]{2,}", lambda run: "?" * run[0].count("?") + "*" * ("*" in run[0]), pattern)


def _matches(candidate: str, pattern: str, *, both: bool) -> bool:
    """Match `candidate` against `pattern` by tracking all reachable positions, in polynomial time.

    A regular expression could take exponential time. A `*` in `candidate` needs a `*` in `pattern`; with
    `both`, it may stand for any text that makes the two match.
    """
    reached = _past_stars({0}, pattern)
    for character in candidate:
        if character == "*" and both:
            reached = set(range(min(reached), len(pattern) + 1)) if reached else reached
            continue
        fits = {"?", character} if character != "*" else set()
        staying = {position for position in reached if pattern[position : position + 1] == "*"}
        advancing = {
            position + 1
            for position in reached.difference(staying, {len(pattern)})
            if pattern[position] in fits or (both and character == "?")
        }
        reached = _past_stars(staying | advancing, pattern)
    return len(pattern) in reached


def _past_stars(positions: set[int], pattern: str) -> set[int]:
    """Return the positions and those after a `*` that matches the empty text."""
    for position in sorted(positions):
        following = position
        while pattern[following : following + 1] == "*":
            following += 1
            positions.add(following)
    return positions
