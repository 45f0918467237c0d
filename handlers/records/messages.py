"""The event and the response of the records functions (R1)."""

import json
from typing import TypedDict

DEFAULT_ID = "default-1"
MAX_ID_BYTES = 2048  # DynamoDB's limit for a hash key
ALLOWED = f"a string of 1 to {MAX_ID_BYTES} bytes in UTF-8"
JSON_TYPES = {bool: "a boolean", int: "a number", float: "a number", list: "an array", dict: "an object"}


class InvocationResponse(TypedDict):
    """The response of a function: an HTTP status, and a JSON document as text."""

    statusCode: int
    body: str


class IdError(ValueError):
    """An invalid id; the message names its type or size and what is allowed."""


def respond(status: int, document: object) -> InvocationResponse:
    """Return a response with `document` as its body."""
    return {"statusCode": status, "body": json.dumps(document)}


def parse_id(event: object) -> str:
    """Return the id in an event.

    Args:
        event: Any JSON. If it is no object, or has no `id`, or null as its `id`, the id is `DEFAULT_ID`.

    Raises:
        IdError: The id is not a string of 1 to `MAX_ID_BYTES` bytes in UTF-8.
    """
    value = event.get("id") if isinstance(event, dict) else None
    if value is None:
        return DEFAULT_ID
    if not isinstance(value, str):
        raise _invalid(JSON_TYPES[type(value)])
    try:
        size = len(value.encode())
    except UnicodeEncodeError:  # JSON can escape half of a surrogate pair
        raise _invalid("a string that is not Unicode") from None
    if not 1 <= size <= MAX_ID_BYTES:
        raise _invalid(f"a string of {size} bytes")
    return value


def request_id_of(context: object) -> str:
    """Return the id of the invocation; `unknown` if the context has none."""
    return getattr(context, "aws_request_id", None) or "unknown"


def _invalid(actual: str) -> IdError:
    return IdError(f"id is {actual}: allowed is {ALLOWED}")
