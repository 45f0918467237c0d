"""Make the upload processor perform all its AWS calls."""

from contextlib import suppress

import pytest

from handlers.common.s3_events import EventError

Request = pytest.FixtureRequest


def processor(request: Request) -> None:
    uploads = request.getfixturevalue("uploads")
    uploads.server.client("s3").put_bucket_versioning(
        Bucket=uploads.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    uploads.process(uploads.put("uploads/a"))
    uploads.process(uploads.record("uploads/a"))
    with suppress(EventError):
        uploads.process(uploads.record("uploads/none"))
