"""A submission: the body that a client posts, and its id in the pipeline."""

import json
import re
import uuid
from dataclasses import dataclass

from handlers.common.http_request import HttpRequest
from handlers.common.identifiers import UUID
from handlers.common.s3_events import EventError

MAX_BODY_BYTES = 1024 * 1024
KEY = re.compile(f"requests/({UUID.pattern})\\.json")
# UUIDs derived from a key have version 5, other ids never have: no client can choose the id of another's
# request.
KEYED_VERSION = 5


@dataclass(frozen=True)
class Submission:
    """A posted request.

    Attributes:
        request_id: A UUID in its canonical form.
        body: The body as sent: a JSON object in UTF-8.
        keyed: Whether the request has an `Idempotency-Key`.
    """

    request_id: str
    body: bytes
    keyed: bool


def parse_submission(request: HttpRequest) -> Submission:
    """Return the submission of a request.

    With an `Idempotency-Key`, its id is derived from the caller and the key, so that a request has the same
    id each time it is sent. Otherwise it is the gateway's request id, or Lambda's if the gateway's is not
    usable.

    Raises:
        HttpError: 4xx for an invalid key or body; see `HttpRequest.idempotency_key` and
            `HttpRequest.json_object`.
    """
    key = request.idempotency_key()
    request.json_object(max_bytes=MAX_BODY_BYTES)
    return Submission(_identifier(request, key), request.content(), key is not None)


def object_key(request_id: str) -> str:
    """Return the S3 key of a submission."""
    return f"requests/{request_id}.json"


def request_id_from_key(key: str) -> str:
    """Return the id of the submission with an S3 key.

    Raises:
        EventError: It is not the key of a submission.
    """
    match = KEY.fullmatch(key)
    if not match:
        raise EventError(f"{key!r} is not the key of a request")
    return match[1]


def _identifier(request: HttpRequest, key: str | None) -> str:
    if key is not None:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([request.caller, key])))
    # Clients can set the gateway's request id to any value (by a header), but not Lambda's.
    usable = UUID.fullmatch(request.id) and uuid.UUID(request.id).version != KEYED_VERSION
    return request.id if usable else request.context.aws_request_id
