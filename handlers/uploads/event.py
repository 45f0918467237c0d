"""S3 event notifications.

Their form: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from dataclasses import dataclass
from urllib.parse import unquote_plus


class UploadError(Exception):
    """An event or a record of it that cannot be processed; the message says which and why."""


@dataclass(frozen=True)
class Upload:
    """An object that was put into the bucket.

    Attributes:
        key: As the client named it: not as the event encodes it.
        version: Its version id, or None in a bucket without versions.
    """

    key: str
    version: str | None


def records_of(event: object) -> list[object]:
    """Return the records of an event; none of the test event that S3 sends when it is set up.

    Raises:
        UploadError: It is neither.
    """
    match event:
        case {"Records": list() as records}:
            return records
        case {"Event": "s3:TestEvent"}:
            return []
    raise UploadError("the event has no list of Records, as S3 sends them")


def upload_of(record: object, bucket: str) -> Upload:
    """Return the upload that a record is about.

    Raises:
        UploadError: The record is malformed, or about an object outside `bucket`.
    """
    match record:
        case {"s3": {"bucket": {"name": str(name)}, "object": {"key": str(encoded), **rest}}}:
            key, version = _decoded(encoded), rest.get("versionId")
        case _:
            raise UploadError("the record has no names of a bucket and an object")
    if version is not None and not (isinstance(version, str) and version):
        raise UploadError(f"the version id of {key!r} is no text")
    if name != bucket:
        raise UploadError(f"{key!r} is in another bucket, {name!r}")
    return Upload(key, version)


def _decoded(encoded: str) -> str:
    """Return a key; in events a space is `+`, and what is not ASCII is UTF-8 in percent signs."""
    try:
        key = unquote_plus(encoded, errors="strict")
        key.encode()  # JSON can escape half of a surrogate pair
    except UnicodeError:
        raise UploadError(f"the key {encoded!r} is not UTF-8") from None
    if not key:
        raise UploadError("the record has an empty key")
    return key
