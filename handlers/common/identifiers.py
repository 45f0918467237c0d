"""Ids: UUIDs in their canonical form, so that one thing has one id."""

import re

from handlers.common.problems import RequestError

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOT_A_UUID = "Not a UUID in its canonical form."


def identifier_of(value: str) -> str:
    """Return an id as it stands in a path or query.

    Raises:
        RequestError: 400, when it is no canonical UUID.
    """
    if not UUID.fullmatch(value):
        raise RequestError(400, "The id is not valid.", errors=[("id", NOT_A_UUID)])
    return value
