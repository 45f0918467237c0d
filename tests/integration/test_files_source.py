"""S3 objects as streams (F2, F3)."""

import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from handlers.common.s3_events import ObjectCreated
from handlers.files.source import (
    BLOCK,
    RESERVED_MS,
    ObjectDeletedError,
    ObjectReplacedError,
    S3Source,
)
from sandbox.server.process import Server
from tests.integration.entry_points import record_calls

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "files/a b+ü.csv"


@dataclass(frozen=True)
class Bucket:
    s3: "S3Client"
    name: str

    def put(self, content: bytes) -> ObjectCreated:
        """Put the object and return its event's content."""
        put = self.s3.put_object(Bucket=self.name, Key=KEY, Body=content)
        return ObjectCreated(KEY, put.get("VersionId"), "0", "2026-01-01T00:00:00.000Z")

    def delete(self, version: str | None = None) -> None:
        more = {"VersionId": version} if version else {}
        self.s3.delete_object(Bucket=self.name, Key=KEY, **more)  # type: ignore[arg-type]

    def open(self, created: ObjectCreated, remaining_ms: int = RESERVED_MS) -> S3Source:
        return S3Source(self.s3, self.name, created, lambda: remaining_ms)


@pytest.fixture
def plain(server: Server) -> Bucket:
    bucket = Bucket(server.client("s3"), f"documents-{uuid4()}")
    bucket.s3.create_bucket(Bucket=bucket.name)
    return bucket


@pytest.fixture
def bucket(plain: Bucket) -> Bucket:
    plain.s3.put_bucket_versioning(Bucket=plain.name, VersioningConfiguration={"Status": "Enabled"})
    return plain


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_whole_object_is_read_in_blocks(bucket: Bucket, size: int) -> None:
    content = random.Random(size).randbytes(size)  # noqa: S311 - no secret
    created = bucket.put(content)
    with record_calls(bucket.s3) as calls:
        source = bucket.open(created)
        assert source.size == size
        assert io.BufferedReader(source).read() == content
    blocks = -(-size // BLOCK)
    assert [operation for operation, _ in calls] == ["HeadObject", *["GetObject"] * blocks]


def test_reads_at_any_position(bucket: Bucket) -> None:
    content = random.Random(1).randbytes(2 * BLOCK + 100)  # noqa: S311 - no secret
    stream = io.BufferedReader(bucket.open(bucket.put(content)))
    assert stream.seekable()
    for place, size in [(BLOCK - 3, 6), (0, 5), (2 * BLOCK + 90, 50), (BLOCK, BLOCK), (10**9, 5), (1, 0)]:
        assert stream.seek(place) == place
        assert stream.read(size) == content[place : place + size]
    assert stream.seek(-7, io.SEEK_END) == len(content) - 7
    assert stream.seek(-3, io.SEEK_CUR) == len(content) - 10
    assert stream.tell() == len(content) - 10
    assert stream.read() == content[-10:]
    with pytest.raises(ValueError, match="negative position"):
        stream.raw.seek(-1)


def test_current_block_is_cached(bucket: Bucket) -> None:
    source = bucket.open(bucket.put(bytes(2 * BLOCK)))
    with record_calls(bucket.s3) as calls:
        for place in (5, 0, 100, BLOCK, BLOCK + 9):
            source.seek(place)
            source.read(1)
    assert [sent["Range"] for _, sent in calls] == ["bytes=0-1048575", "bytes=1048576-2097151"]


def test_deleted_or_missing_object_is_deleted(bucket: Bucket) -> None:
    first = bucket.put(b"1")
    bucket.delete()
    with pytest.raises(ObjectDeletedError):
        bucket.open(first)
    with pytest.raises(ObjectDeletedError):
        bucket.open(ObjectCreated("files/never", "x", "0", ""))


def test_replaced_object_is_replaced(bucket: Bucket) -> None:
    first, second = bucket.put(b"1"), bucket.put(b"22")
    with pytest.raises(ObjectReplacedError):
        bucket.open(first)
    assert bucket.open(second).size == 2
    bucket.delete(first.version)
    with pytest.raises(ObjectDeletedError):
        bucket.open(first)


def test_version_deleted_permanently_is_deleted_although_an_older_one_exists(bucket: Bucket) -> None:
    """There will be no other event, so it must not count as replaced."""
    first, second = bucket.put(b"1"), bucket.put(b"22")
    bucket.delete(second.version)
    with pytest.raises(ObjectDeletedError):
        bucket.open(second)
    assert bucket.open(first).read() == b"1"


def partly_read(bucket: Bucket) -> tuple[BinaryIO, ObjectCreated]:
    """Return a stream of which the first block was read, and its object."""
    created = bucket.put(bytes(BLOCK) + b"rest")
    stream = io.BufferedReader(bucket.open(created))
    assert stream.read(1) == b"\0"
    stream.seek(BLOCK)
    return stream, created


def test_object_deleted_during_reading_is_deleted(bucket: Bucket) -> None:
    stream, _ = partly_read(bucket)
    bucket.delete()
    with pytest.raises(ObjectDeletedError):
        stream.read()


def test_object_replaced_during_reading_is_replaced(bucket: Bucket) -> None:
    stream, created = partly_read(bucket)
    bucket.put(bytes(BLOCK) + b"REST")
    with pytest.raises(ObjectReplacedError):
        stream.read()
    bucket.delete(created.version)
    with pytest.raises(ObjectDeletedError):
        stream.read()


def test_version_deleted_permanently_during_reading_is_deleted(bucket: Bucket) -> None:
    bucket.put(b"older")
    stream, created = partly_read(bucket)
    bucket.delete(created.version)
    with pytest.raises(ObjectDeletedError):
        stream.read()


def test_unversioned_bucket_detects_replaced_and_deleted_objects(plain: Bucket) -> None:
    stream, created = partly_read(plain)
    assert created.version is None
    plain.put(bytes(BLOCK) + b"REST")
    with pytest.raises(ObjectReplacedError):
        stream.read()
    plain.delete()
    with pytest.raises(ObjectDeletedError):
        stream.read()


def test_other_errors_are_passed_on(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    created = bucket.put(b"content")
    source = bucket.open(created)

    def fail(**_: object) -> None:
        details = {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
        raise ClientError(details, "GetObject")  # type: ignore[arg-type]

    class Cut:
        def read(self) -> bytes:
            raise IncompleteReadError(actual_bytes=1, expected_bytes=7)

    monkeypatch.setattr(bucket.s3, "get_object", fail)
    with pytest.raises(ClientError, match="SlowDown"):
        source.read()
    monkeypatch.setattr(bucket.s3, "get_object", lambda **_: {"Body": Cut()})
    with pytest.raises(IncompleteReadError):
        source.read()
    monkeypatch.undo()
    assert source.read() == b"content"
    monkeypatch.setattr(bucket.s3, "head_object", fail)
    with pytest.raises(ClientError, match="SlowDown"):
        bucket.open(created)
