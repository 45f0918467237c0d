"""Translate `If-Match` (RFC 9110, section 13.1.1) to versions of a task."""

import re

from handlers.common.problems import HttpError

TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")
# Tags of tasks are strong and have no leading zeros. 15 digits are far below the limit of a DynamoDB number.
VERSION = re.compile(r'(?<!W/)"([1-9][0-9]{0,14})"')
MAX_TAGS = 100  # the most operands of DynamoDB's IN


def expected_versions(if_match: str | None, *, required: bool) -> frozenset[int] | None:
    """Return the versions that the precondition allows, or None if it allows any version.

    The set is empty if none of the tags can be the tag of a task: then the precondition fails.

    Args:
        if_match: Value of the header, None without one. `*` allows any version.
        required: Whether the header is required.

    Raises:
        HttpError: 428 if the header is required and missing, 400 if it is malformed.
    """
    if if_match is None:
        if required:
            raise HttpError(428, "If-Match with the task's ETag is required.")
        return None
    if if_match.strip() == "*":
        return None
    if not TAGS.fullmatch(if_match):
        raise HttpError(400, "If-Match must be * or a list of entity tags.")
    versions = frozenset(int(digits) for digits in VERSION.findall(if_match))
    if len(versions) > MAX_TAGS:
        raise HttpError(400, f"If-Match has more than {MAX_TAGS} entity tags.")
    return versions
