"""S3 event notifications, and how a function works through one.

Their form: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

SEQUENCER = re.compile("[0-9A-F]{1,32}")


class EventError(Exception):
    """An event or a record of it that cannot be processed; the message says which and why."""


class RecordsError(EventError):
    """Some records of an event failed; the log says which.

    Attributes:
        failed: How many.
    """

    def __init__(self, failed: int, total: int) -> None:
        super().__init__(f"{failed} of {total} records failed; the log says which")
        self.failed = failed


@dataclass(frozen=True)
class Created:
    """An object that was put into the bucket.

    Attributes:
        key: As the client named it: not as the event encodes it.
        version: Its version id, or None in a bucket without versions.
        sequencer: The greater, the later, among the events of one key.
        time: When it was put: RFC 3339, UTC.
    """

    key: str
    version: str | None
    sequencer: str
    time: str


def process_each(event: object, bucket: str, logger: Logger, action: Callable[[Created], None]) -> None:
    """Process every record of an event.

    A record that fails does not keep the others from being processed; but then the whole invocation fails in
    the end, so that Lambda tries it again and at last puts the event into the dead-letter queue. What an
    `EventError` is about is logged by its message, and anything else with its traceback.

    Raises:
        EventError: The event is none of S3's.
        RecordsError: Some of its records failed.
    """
    records = records_of(event)
    failed = 0
    for number, record in enumerate(records):
        try:
            action(created_of(record, bucket))
        except EventError as error:
            failed += 1
            logger.error("record failed", extra={"record": number, "reason": str(error)})  # noqa: TRY400 - says all
        except Exception:
            failed += 1
            logger.exception("record failed", extra={"record": number})
    if failed:
        raise RecordsError(failed, len(records))


def records_of(event: object) -> list[object]:
    """Return the records of an event; none of the test event that S3 sends when it is set up.

    Raises:
        EventError: It is neither.
    """
    match event:
        case {"Records": list() as records}:
            return records
        case {"Event": "s3:TestEvent"}:
            return []
    raise EventError("the event has no list of Records, as S3 sends them")


def created_of(record: object, bucket: str) -> Created:
    """Return the object that a record is about.

    Raises:
        EventError: The record is malformed, or about an object outside `bucket`.
    """
    match record:
        case {
            "eventTime": str(time),
            "s3": {
                "bucket": {"name": str(name)},
                "object": {"key": str(encoded), "sequencer": str(sequencer), **rest},
            },
        }:
            key, version = _decoded(encoded), rest.get("versionId")
        case _:
            raise EventError("the record has no time, no names of a bucket and an object, or no sequencer")
    if version is not None and not (isinstance(version, str) and version):
        raise EventError(f"the version id of {key!r} is no text")
    if name != bucket:
        raise EventError(f"{key!r} is in another bucket, {name!r}")
    if not SEQUENCER.fullmatch(sequencer):
        raise EventError(f"the sequencer of {key!r} is no hexadecimal number")
    # S3 compares them as strings, once the shorter one has zeros at its end.
    return Created(key, version, sequencer.ljust(32, "0"), time)


def _decoded(encoded: str) -> str:
    """Return a key; in events a space is `+`, and what is not ASCII is UTF-8 in percent signs."""
    try:
        key = unquote_plus(encoded, errors="strict")
        key.encode()  # JSON can escape half of a surrogate pair
    except UnicodeError:
        raise EventError(f"the key {encoded!r} is not UTF-8") from None
    if not key:
        raise EventError("the record has an empty key")
    return key
