"""Contents of files, streams with these contents, and helpers to read them."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING, BinaryIO

from handlers.files.read_result import EXCERPT_CHARACTERS, MAX_MESSAGE_CHARACTERS, ContentError, ReadResult

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Read = Callable[[BinaryIO, str], ReadResult]


class Stream(io.RawIOBase):
    """A stream with short reads, as from S3. It can seek only if its content is bytes, not an iterable."""

    def __init__(self, content: bytes | Iterable[bytes], step: int = 1024 * 1024) -> None:
        super().__init__()
        self._parts = iter(content) if not isinstance(content, bytes) else None
        self._content = content if isinstance(content, bytes) else b""
        self._step = step
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._position = offset + (0, self._position, len(self._content))[whence]
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer)
        size = min(len(target), self._step)
        if self._parts is not None:
            if not self._content:
                self._content = next(self._parts, b"")
            part, self._content = self._content[:size], self._content[size:]
        else:
            part = self._content[self._position : self._position + size]
        self._position += len(part)
        target[: len(part)] = part
        return len(part)


def read_result(read: Read, name: str, content: bytes, step: int = 1024 * 1024) -> ReadResult | str:
    """Return the result of reading, or the message of a `ContentError`; any other exception is a failure."""
    stream = io.BufferedReader(Stream(content, step))
    try:
        result = read(stream, name)
    except ContentError as error:
        message = str(error)
        assert message.endswith(".")
        assert len(message) <= MAX_MESSAGE_CHARACTERS
        return message
    assert not stream.closed
    assert len(result.excerpt) <= EXCERPT_CHARACTERS
    result.excerpt.encode()
    return result


def peak_of(action: Callable[[], object]) -> int:
    """Return the peak memory of an action in bytes."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def parts(first: bytes, part: bytes, times: int, last: bytes = b"") -> Iterator[bytes]:
    """Yield a content in parts, so that it is never in memory as a whole."""
    return chain([first], repeat(part, times), [last])


def png(
    width: int,
    height: int,
    *,
    header: bytes | None = None,
    data: bytes | None = None,
    end: bytes | None = None,
) -> bytes:
    """Return an image without pixels; `data` are the chunks between the header and the end."""
    if header is None:
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    if end is None:
        end = chunk(b"IEND", b"")
    if data is None:
        data = chunk(b"IDAT", b"\0" * 20)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + end


def jpeg(width: int, height: int, *, metadata: bytes = b"", end: bytes = b"\xff\xd9") -> bytes:
    """Return an image without pixels; `metadata` are segments before the size."""
    size = struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\x34\xff\0\x56" * 20
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + metadata + segment(0xC0, size) + scan + end
    )


def segment(marker: int, content: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def pdf(*objects: bytes, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """Return a document with these objects, numbered from 1."""
    content, offsets = b"%PDF-1.5\n", []
    for number, content_of_object in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, content_of_object)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, entries)
    ending = b"trailer\n<< /Size %d %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(content))
    return content + table + ending


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pages(kids: bytes, count: int = 1) -> bytes:
    """Return the root of the page tree."""
    return b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, count)


def page(number: int) -> bytes:
    """Return a page; its content is object `number`, its font the next object."""
    resources = b"/Resources << /Font << /F1 %d 0 R >> >>" % (number + 1)
    box = b"/MediaBox [0 0 100 100]"
    return b"<< /Type /Page /Parent 2 0 R %b /Contents %d 0 R %b >>" % (box, number, resources)


def pdf_stream(content: bytes, attributes: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), attributes, content)


def pdf_packed(number: int, packed: bytes) -> bytes:
    """Return a document of `number` pages, each with the object `packed` in a compressed object stream."""
    objects = {1: CATALOG, 2: pages(b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(number)))}
    for page_number in range(4, 4 + 2 * number, 2):
        header = b"%d 0 " % page_number
        content = zlib.compress(header + packed)
        attributes = b"/Type /ObjStm /N 1 /First %d /Filter /FlateDecode" % len(header)
        objects[page_number - 1] = pdf_stream(content, attributes)
    table = max(objects) + 2
    objects[table] = b""  # reserved: its content depends on the positions of all other objects
    written, entries = b"%PDF-1.5\n", {0: b"\0" * 6}
    for object_number, content in objects.items():
        entries[object_number] = b"\1" + len(written).to_bytes(4, "big") + b"\0"
        if object_number % 2 and 2 < object_number < table:
            entries[object_number + 1] = b"\2" + object_number.to_bytes(4, "big") + b"\0"
        if object_number < table:
            written += b"%d 0 obj\n%b\nendobj\n" % (object_number, content)
    attributes = b"/Type /XRef /Size %d /W [1 4 1] /Root 1 0 R" % (table + 1)
    last = pdf_stream(b"".join(entries[object_number] for object_number in sorted(entries)), attributes)
    return written + b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, last, len(written))


def chunk(chunk_type: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(chunk_type + content)
    return struct.pack(">I", len(content)) + chunk_type + content + struct.pack(">I", checksum)
