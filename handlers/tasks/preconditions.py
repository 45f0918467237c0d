"""Translate `If-Match` and `If-None-Match` (RFC 9110, section 13.1) to versions of a task."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.common.problems import HttpError

TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")
# Tags of tasks have no leading zeros. 15 digits are far below the limit of a DynamoDB number.
VERSION = re.compile(r'"([1-9][0-9]{0,14})"')
STRONG_VERSION = re.compile(rf"(?<!W/){VERSION.pattern}")
MAX_TAGS = 100  # the most operands of DynamoDB's IN


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """The versions of a task that a request may change.

    Attributes:
        allowed: The versions in `If-Match`; None allows any version. It is empty if none of the tags can be
            the tag of a task, or if `If-None-Match` is `*`: then the precondition fails for every task.
        excluded: The versions in `If-None-Match`.
    """

    allowed: frozenset[int] | None = None
    excluded: frozenset[int] = frozenset()


def precondition(headers: Mapping[str, str], *, if_match_required: bool) -> Precondition:
    """Return the precondition of a request that changes a task.

    Args:
        headers: The request's headers by lower-case name.
        if_match_required: Whether `If-Match` is required.

    Raises:
        HttpError: 428 if `If-Match` is required and missing, 400 if a header is malformed.
    """
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    if if_match is None and if_match_required:
        raise HttpError(428, "If-Match with the task's ETag is required.")
    allowed = None if if_match is None else _versions("If-Match", if_match, STRONG_VERSION)
    if if_none_match is None:
        return Precondition(allowed=allowed)
    excluded = _versions("If-None-Match", if_none_match, VERSION)
    if excluded is None:
        return Precondition(allowed=frozenset())
    return Precondition(allowed=allowed, excluded=excluded)


def is_not_modified(headers: Mapping[str, str], version: int) -> bool:
    """Whether the client that reads a task has this version already: `If-None-Match` names it, or is `*`.

    Raises:
        HttpError: 400 if the header is malformed.
    """
    if_none_match = headers.get("if-none-match")
    if if_none_match is None:
        return False
    versions = _versions("If-None-Match", if_none_match, VERSION)
    return versions is None or version in versions


def _versions(name: str, header: str, pattern: re.Pattern[str]) -> frozenset[int] | None:
    """Return the versions in a list of entity tags; None for `*`, which stands for any version."""
    if header.strip() == "*":
        return None
    if not TAGS.fullmatch(header):
        raise HttpError(400, f"{name} must be * or a list of entity tags.")
    versions = frozenset(int(digits) for digits in pattern.findall(header))
    if len(versions) > MAX_TAGS:
        raise HttpError(400, f"{name} has more than {MAX_TAGS} entity tags.")
    return versions
