"""An S3 object as a stream that reads blocks on demand and holds one of them in memory."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TypedDict

from botocore.exceptions import ClientError

from handlers.common.s3_events import ObjectCreated
from handlers.files.read_result import ContentError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3 import S3Client

BLOCK = 1024 * 1024  # bytes per request, so that the transfer takes longer than the round trip

# Time to process the last block and to finish the row.
RESERVED_MS = 20_000

NOT_FOUND, PRECONDITION_FAILED = 404, 412


class ObjectIdentifier(TypedDict):
    """The parameters of a call that identify an object."""

    Bucket: str
    Key: str


class ObjectDeletedError(Exception):
    """The object, or the event's version of it, was deleted."""


class ObjectReplacedError(Exception):
    """The object has a newer version than the event's. The newer version has its own event."""


class S3Source(io.RawIOBase):
    """The version of an object that an event is about, as a seekable stream; wrap it in `io.BufferedReader`.

    Opening it takes a HeadObject, each block a GetObject, and a changed object another HeadObject. All blocks
    are of the version that was opened, because GetObject is conditional on its ETag.

    Args:
        client: Client of S3.
        bucket: Name of the bucket.
        created: The event's object.
        remaining_ms: Returns the milliseconds that remain of the invocation.

    Attributes:
        size: Size in bytes.

    Raises:
        ContentError: Less than `RESERVED_MS` remain, and there is more to read.
        ObjectDeletedError: The object was deleted, before or while it is read.
        ObjectReplacedError: The object was replaced, before or while it is read.
        ClientError, BotoCoreError: Another error of S3, from any method. Another attempt may succeed.
    """

    def __init__(
        self, client: "S3Client", bucket: str, created: ObjectCreated, remaining_ms: Callable[[], int]
    ) -> None:
        super().__init__()
        self._client = client
        self._object: ObjectIdentifier = {"Bucket": bucket, "Key": created.key}
        self._version = created.version
        self._remaining_ms = remaining_ms
        with self._translate_errors():
            newest = client.head_object(**self._object)
        if created.version and newest.get("VersionId") != created.version:
            self._raise_replaced()
        self._etag = newest["ETag"]
        self.size = newest["ContentLength"]
        self._position = 0
        self._number, self._block = -1, b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Set the position, which may be beyond the end, and return it.

        Raises:
            ValueError: The position is negative.
        """
        position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if position < 0:
            raise ValueError(f"negative position: {position}")
        self._position = position
        return position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read at most the rest of the current block into the buffer, and return the number of bytes."""
        if self._position >= self.size:
            return 0
        number, start = divmod(self._position, BLOCK)
        with memoryview(buffer).cast("B") as target:
            part = memoryview(self._read_block(number))[start : start + len(target)]
            target[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _read_block(self, number: int) -> bytes:
        """Return a block, from S3 unless it is the one in memory."""
        if number == self._number:
            return self._block
        if self._remaining_ms() < RESERVED_MS:
            raise ContentError("The file takes too long to read.")
        first = number * BLOCK
        last = min(first + BLOCK, self.size) - 1
        with self._translate_errors():
            response = self._client.get_object(
                **self._object, IfMatch=self._etag, Range=f"bytes={first}-{last}"
            )
            self._block = response["Body"].read()
        self._number = number
        return self._block

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Translate errors of S3 that mean that the object was deleted or replaced; pass on all others."""
        try:
            yield
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == NOT_FOUND:
                raise ObjectDeletedError from None
            if status != PRECONDITION_FAILED:
                raise
            self._raise_replaced()

    def _raise_replaced(self) -> NoReturn:
        """Raise the error of an object whose newest version is not the event's.

        Either there is a newer version, or the event's version was deleted permanently and the newest version
        is an older one, whose event was delivered before.
        """
        if self._version:
            with self._translate_errors():
                self._client.head_object(**self._object, VersionId=self._version)
        raise ObjectReplacedError
