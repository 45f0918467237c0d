"""Patterns with `*` and `?`, as IAM has them: whether one contains another, and whether two share a text.

`fnmatch` matches texts with patterns, not patterns with patterns.
"""

import re

LONGEST = 2_048
"""Characters of a pattern that are looked at; no ARN is longer (IAM and AWS STS quotas)."""


def within(one: str, pattern: str) -> bool:
    """Whether `pattern` matches whatever `one` does; both may hold `*` and `?`."""
    if max(len(one), len(pattern)) > LONGEST:
        return one == pattern
    return _matches(_sorted(one), _sorted(pattern), both=False)


def overlap(one: str, other: str) -> bool:
    """Whether some text is matched by both patterns."""
    return max(len(one), len(other)) > LONGEST or _matches(one, other, both=True)


def _sorted(pattern: str) -> str:
    """The same with one way to write each run of wildcards: `?` first, and one `*`."""
    return re.sub(r"[*?]{2,}", lambda run: "?" * run[0].count("?") + "*" * ("*" in run[0]), pattern)


def _matches(one: str, pattern: str, *, both: bool) -> bool:
    """Read `one` along `pattern`, keeping the places that may be reached: expressions may take for ever.

    A `*` of `one` stands for anything: it needs a `*` of `pattern`, or with `both` may be whatever fits.
    """
    reached = _skipped({0}, pattern)
    for letter in one:
        if letter == "*" and both:
            reached = set(range(min(reached), len(pattern) + 1)) if reached else reached
            continue
        fits = {"?", letter} if letter != "*" else set()
        stay = {place for place in reached if pattern[place : place + 1] == "*"}
        step = {
            place + 1
            for place in reached.difference(stay, {len(pattern)})
            if pattern[place] in fits or (both and letter == "?")
        }
        reached = _skipped(stay | step, pattern)
    return len(pattern) in reached


def _skipped(places: set[int], pattern: str) -> set[int]:
    """The places, and those behind stars that match nothing."""
    for place in sorted(places):
        while pattern[place : place + 1] == "*":
            place += 1  # noqa: PLW2901 - on to the next letter
            places.add(place)
    return places
