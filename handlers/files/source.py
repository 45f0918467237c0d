"""An object of S3 as a stream: read by ranges as they are asked for, one of them in memory."""

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

BLOCK = 1024 * 1024  # bytes a request: it then takes its time for them and not for the round trip

# To close the row in, after what a reader does with the last block.
LEFT_MS = 20_000

NOT_FOUND, PRECONDITION_FAILED = 404, 412


class ObjectIdentifier(TypedDict):
    """What names an object in a call."""

    Bucket: str
    Key: str


class ObjectDeletedError(Exception):
    """The object is no longer there, or not in the version that the event is about."""


class ObjectReplacedError(Exception):
    """The object has a newer version than the event is about; that one has an event of its own."""


class S3Source(io.RawIOBase):
    """An object in the version of an event, to be read and searched through an `io.BufferedReader`.

    It takes a HeadObject to make, a GetObject for each block, and another HeadObject where the object turns
    out to be another than the event's. Its ETag keeps every block to the version that it was opened with.
    Errors of S3 other than these two pass through, from any method: the next try may find none.

    Args:
        client: S3's.
        bucket: Its name.
        created: The object, as the event has it.
        remaining_ms: Tells how many milliseconds are left to read it, and for all that comes after.

    Attributes:
        size: Bytes.

    Raises:
        ContentError: There are fewer than `LEFT_MS` of them left, with more to read.
        ObjectDeletedError: It was deleted, before or while it is read.
        ObjectReplacedError: It was replaced, before or while it is read.
    """

    def __init__(
        self, client: "S3Client", bucket: str, created: ObjectCreated, remaining_ms: Callable[[], int]
    ) -> None:
        super().__init__()
        self._client = client
        self._place: ObjectIdentifier = {"Bucket": bucket, "Key": created.key}
        self._version = created.version
        self._remaining_ms = remaining_ms
        with self._fate():
            newest = client.head_object(**self._place)
        if created.version and newest.get("VersionId") != created.version:
            self._raise_replaced()
        self._etag = newest["ETag"]
        self.size = newest["ContentLength"]
        self._position = 0
        self._number, self._block = -1, b""

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be searched."""
        return True

    def tell(self) -> int:
        """Return the position, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position, also one beyond the end, and return it.

        Raises:
            ValueError: It is before the beginning.
        """
        position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if position < 0:
            raise ValueError("a position before the beginning")
        self._position = position
        return position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as the block at the position reaches, and return how far that is."""
        if self._position >= self.size:
            return 0
        number, start = divmod(self._position, BLOCK)
        with memoryview(buffer).cast("B") as into:
            part = memoryview(self._read_block(number))[start : start + len(into)]
            into[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _read_block(self, number: int) -> bytes:
        """Return a block, from S3 unless it is the last one read."""
        if number == self._number:
            return self._block
        if self._remaining_ms() < LEFT_MS:
            raise ContentError("The file takes too long to read.")
        first = number * BLOCK
        last = min(first + BLOCK, self.size) - 1
        with self._fate():
            answer = self._client.get_object(**self._place, IfMatch=self._etag, Range=f"bytes={first}-{last}")
            self._block = answer["Body"].read()
        self._number = number
        return self._block

    @contextmanager
    def _fate(self) -> Iterator[None]:
        """Raise what an error of S3 says of the object, where it says something."""
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
        """Raise what became of an object in place of which there is another one.

        Where the version was deleted for good, the other one is an older one, whose event is long past.
        """
        if self._version:
            with self._fate():
                self._client.head_object(**self._place, VersionId=self._version)
        raise ObjectReplacedError
