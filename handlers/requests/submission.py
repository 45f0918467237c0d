"""A submission: what a client posts, under the id by which the pipeline knows it from then on."""

import json
import re
import uuid
from dataclasses import dataclass

from handlers.common.http_request import HttpRequest
from handlers.common.identifiers import UUID
from handlers.common.s3_events import EventError

BODY_BYTES = 1024 * 1024
KEY = re.compile(f"requests/({UUID.pattern})\\.json")
# Of ids that follow from a key, and of those alone: nobody takes that of another caller's request.
KEYED_VERSION = 5


@dataclass(frozen=True)
class Submission:
    """What a client posts.

    Attributes:
        request_id: A UUID in its canonical form.
        body: As it was sent: a JSON object in UTF-8.
        keyed: Whether it came with an `Idempotency-Key`.
    """

    request_id: str
    body: bytes
    keyed: bool


def parse_submission(request: HttpRequest) -> Submission:
    """Return what a request submits.

    Its id is the gateway's request id, or Lambda's where that cannot serve; with an `Idempotency-Key`, it
    follows from caller and key, so that the same request has the same id however often it is sent.

    Raises:
        HttpError: 4xx, as `HttpRequest.idempotency_key` and `HttpRequest.json_object` say.
    """
    key = request.idempotency_key()
    request.json_object(max_bytes=BODY_BYTES)
    return Submission(_identifier(request, key), request.content(), key is not None)


def object_key(request_id: str) -> str:
    """Return the S3 key of a submission."""
    return f"requests/{request_id}.json"


def request_id_from_key(key: str) -> str:
    """Return the id of the submission that has an S3 key.

    Raises:
        EventError: None can have it.
    """
    found = KEY.fullmatch(key)
    if not found:
        raise EventError(f"{key!r} is the key of no request")
    return found[1]


def _identifier(request: HttpRequest, key: str | None) -> str:
    if key is not None:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([request.caller, key])))
    # Clients can set the gateway's id (by a header), to whatever they like. Lambda's they cannot.
    serves = UUID.fullmatch(request.id) and uuid.UUID(request.id).version != KEYED_VERSION
    return request.id if serves else request.context.aws_request_id
