"""Records of S3 event notifications, which S3 sends when an object is created."""

from typing import Any
from urllib.parse import quote_plus


def s3_record(
    bucket: str,
    key: str,
    *,
    version: str | None = None,
    sequencer: str = "0A",
    time: str = "2026-01-01T00:00:00.000Z",
) -> dict[str, Any]:
    """Return the record of a created object.

    Args:
        bucket: Name of the bucket.
        key: Key of the object, which the record contains URL-encoded.
        version: Version id; None in a bucket without versioning.
        sequencer: Order of the events of one key.
        time: Time of the event.
    """
    s3_object = {"key": quote_plus(key, safe="/"), "sequencer": sequencer}
    if version:
        s3_object["versionId"] = version
    return {
        "eventName": "ObjectCreated:Put",
        "eventTime": time,
        "s3": {"bucket": {"name": bucket}, "object": s3_object},
    }
