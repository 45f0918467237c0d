"""Process S3 event notifications.

Format: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

SEQUENCER = re.compile("[0-9A-F]{1,32}")
CREATED = "ObjectCreated:"


class EventError(Exception):
    """An event or record that cannot be processed; the message names it and the reason."""


class RecordsError(EventError):
    """Some records of an event failed; the log names them.

    Attributes:
        failed: Number of failed records.
    """

    def __init__(self, failed: int, total: int) -> None:
        super().__init__(f"{failed} of {total} records failed; see the log for details")
        self.failed = failed


@dataclass(frozen=True)
class ObjectCreated:
    """The creation of an object in the bucket.

    Attributes:
        key: Object key, decoded (events contain it URL-encoded).
        version: Version id; None in a bucket without versioning.
        sequencer: Order of the events of one key: a later event has a greater value.
        time: Time of the event: RFC 3339, UTC.
        is_folder: Whether it is the empty object that S3's console creates for a folder.
    """

    key: str
    version: str | None
    sequencer: str
    time: str
    is_folder: bool = False


def process_records(
    event: object, bucket: str, logger: Logger, action: Callable[[ObjectCreated], None]
) -> None:
    """Process every record of an event, except those of folders.

    If a record fails, the others are still processed, and the invocation fails at the end. Lambda then
    retries the event and finally sends it to the dead-letter queue. An `EventError` is logged by its message,
    any other exception with its traceback.

    Args:
        event: The Lambda event.
        bucket: Name of the bucket that all records must refer to.
        logger: Logs failed records.
        action: Processes one record.

    Raises:
        EventError: The event is not an S3 notification.
        RecordsError: Some records failed.
    """
    records = event_records(event)
    failed = 0
    for number, record in enumerate(records):
        try:
            created = parse_record(record, bucket)
            if created.is_folder:
                logger.info("folder skipped", extra={"key": created.key})
            else:
                action(created)
        except EventError as error:
            failed += 1
            logger.error("record failed", extra={"record": number, "reason": str(error)})  # noqa: TRY400 - the reason is complete
        except Exception:
            failed += 1
            logger.exception("record failed", extra={"record": number})
    if failed:
        raise RecordsError(failed, len(records))


def event_records(event: object) -> list[object]:
    """Return the records of an event. S3's test event, sent when a notification is set up, has none.

    Raises:
        EventError: The event is not an S3 notification.
    """
    match event:
        case {"Records": list() as records}:
            return records
        case {"Event": "s3:TestEvent"}:
            return []
    raise EventError("the event is not an S3 notification: it has no list of Records")


def parse_record(record: object, bucket: str) -> ObjectCreated:
    """Return the object creation that a record describes.

    Raises:
        EventError: The record is malformed, or its object is in another bucket.
    """
    match record:
        case {"eventName": str(event), **_other} if not event.startswith(CREATED):
            raise EventError(f"the record is about {event}, not about an object that was created")
        case {
            "eventTime": str(time),
            "s3": {
                "bucket": {"name": str(name)},
                "object": {"key": str(encoded), "sequencer": str(sequencer), **rest},
            },
        }:
            key, version = _decode_key(encoded), rest.get("versionId")
        case _:
            raise EventError("the record lacks a time, a bucket name, an object key or a sequencer")
    if version is not None and not (isinstance(version, str) and version):
        raise EventError(f"the version id of {key!r} is not a string")
    if name != bucket:
        raise EventError(f"{key!r} is in another bucket, {name!r}")
    if not SEQUENCER.fullmatch(sequencer):
        raise EventError(f"the sequencer of {key!r} is not a hexadecimal number")
    # Sequencers compare as strings after the shorter one is padded with zeros on the right.
    is_folder = key.endswith("/") and rest.get("size") == 0
    return ObjectCreated(key, version, sequencer.ljust(32, "0"), time, is_folder)


def _decode_key(encoded: str) -> str:
    """Decode an object key: events contain it URL-encoded, with `+` for spaces."""
    try:
        key = unquote_plus(encoded, errors="strict")
        key.encode()  # JSON can escape half of a surrogate pair
    except UnicodeError:
        raise EventError(f"the key {encoded!r} is not UTF-8") from None
    if not key:
        raise EventError("the record has an empty key")
    return key
