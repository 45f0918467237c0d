"""`If-Match` (RFC 9110, section 13.1.1) in terms of a task's versions."""

import re

from handlers.common.problems import HttpError

TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")
# A tag is one of ours only if strong and without leading zeros; 15 digits stay far below what a
# DynamoDB number holds.
VERSION = re.compile(r'(?<!W/)"([1-9][0-9]{0,14})"')
MOST_TAGS = 100  # operands that DynamoDB's IN takes


def expected_versions(if_match: str | None, *, required: bool) -> frozenset[int] | None:
    """Return the versions of which a task has to have one, or None where any will do.

    An empty set means that no version will do: of the tags none was one of ours.

    Args:
        if_match: Value of the header, or None without one. `*` stands for any version.
        required: Whether a request without the header is refused.

    Raises:
        HttpError: 428 where the header is required and missing, 400 where it is malformed.
    """
    if if_match is None:
        if required:
            raise HttpError(428, "If-Match with the task's ETag is required.")
        return None
    if if_match.strip() == "*":
        return None
    if not TAGS.fullmatch(if_match):
        raise HttpError(400, "If-Match is neither * nor a list of entity tags.")
    versions = frozenset(int(digits) for digits in VERSION.findall(if_match))
    if len(versions) > MOST_TAGS:
        raise HttpError(400, f"If-Match has more than {MOST_TAGS} entity tags.")
    return versions
