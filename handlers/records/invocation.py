"""What an invocation asks for, and the form of its answer (R1)."""

import json
from typing import TypedDict

DEFAULT_ID = "default-1"
ID_BYTES = 2048  # what DynamoDB takes for a hash key
ALLOWED = f"a string of 1 to {ID_BYTES} bytes in UTF-8"
JSON_TYPES = {bool: "a boolean", int: "a number", float: "a number", list: "an array", dict: "an object"}


class Answer(TypedDict):
    """What the functions answer: an HTTP status, and a JSON document as text."""

    statusCode: int
    body: str


class IdError(ValueError):
    """An id that no record can have; the message says what it is and what is allowed."""


def answer(status: int, document: object) -> Answer:
    """Return an answer with `document` as its body."""
    return {"statusCode": status, "body": json.dumps(document)}


def id_of(event: object) -> str:
    """Return the id that an event asks for.

    Args:
        event: Any JSON. Without an id (no object, none in it, or null) it asks for `DEFAULT_ID`.

    Raises:
        IdError: The id is no string of 1 to `ID_BYTES` bytes in UTF-8.
    """
    value = event.get("id") if isinstance(event, dict) else None
    if value is None:
        return DEFAULT_ID
    if not isinstance(value, str):
        raise _wrong(JSON_TYPES[type(value)])
    try:
        size = len(value.encode())
    except UnicodeEncodeError:  # JSON can escape half of a surrogate pair
        raise _wrong("a string that is not Unicode") from None
    if not 1 <= size <= ID_BYTES:
        raise _wrong(f"a string of {size} bytes")
    return value


def request_id_of(context: object) -> str:
    """Return the id of the invocation, or `unknown` where the context has none."""
    return getattr(context, "aws_request_id", None) or "unknown"


def _wrong(what: str) -> IdError:
    return IdError(f"id is {what}: allowed is {ALLOWED}")
