"""Ids: UUIDs in their canonical form, so that each thing has exactly one spelling of its id."""

import re

from handlers.common.problems import HttpError

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOT_A_UUID = "Must be a UUID in its canonical form."


def parse_id(value: str) -> str:
    """Return an id from a path or query.

    Raises:
        HttpError: 400 if it is not a canonical UUID.
    """
    if not UUID.fullmatch(value):
        raise HttpError(400, "The id is not valid.", errors=[("id", NOT_A_UUID)])
    return value
