"""JPEG and PNG images.

imagesize reads the size. It accepts any file that begins like an image. So this module checks the checksum of
the PNG header, and the end of both formats.
"""

import struct
import zlib
from dataclasses import dataclass
from io import SEEK_END
from pathlib import PurePosixPath
from typing import BinaryIO

import imagesize  # type: ignore[import-untyped] # it has no types

from handlers.files.read_result import ContentError, ReadResult

# imagesize reads a few times for each segment before the size: hundreds of segments for megabytes of
# metadata. Without a limit, it would read invalid content byte by byte.
MAX_READS = 10_000
MAX_PIXELS = 1_000_000_000  # far more than any camera has
CHUNK = 1024 * 1024
SEARCHED_BYTES = 256 * CHUNK  # searched for the end; a longer image counts as complete


@dataclass(frozen=True)
class Format:
    """An image format: the first and last bytes of its files, and their suffixes."""

    name: str
    beginning: bytes
    end: bytes
    suffixes: tuple[str, ...]

    @property
    def title(self) -> str:
        """Name in upper case, for messages."""
        return self.name.upper()


PNG = Format("png", b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82", (".png",))
JPEG = Format("jpeg", b"\xff\xd8\xff", b"\xff\xd9", (".jpg", ".jpeg"))
IHDR = slice(8, 16)  # beginning of the PNG header: its length, 13, and its type
PNG_HEADER = b"\0\0\0\rIHDR"
CHECKED, CHECKSUM = slice(12, 29), slice(29, 33)


def read(stream: BinaryIO, name: str) -> ReadResult:
    """Return `format` (`jpeg` or `png`), `width` and `height` (pixels as stored, without EXIF rotation).

    Reads the beginning and the end. Reads the rest only if other data follows the image, such as the video in
    photos of some phones.

    Raises:
        ContentError: It is not an image of the format that the suffix of `name` stands for, or is broken or
            truncated.
    """
    head = stream.read(64)
    image_format = next((known for known in (PNG, JPEG) if head.startswith(known.beginning)), None)
    if image_format is None:
        raise ContentError("The content is not a JPEG or PNG image." if head else "The file is empty.")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in image_format.suffixes:
        raise ContentError(f"The name ends in {suffix}, but the content is a {image_format.title} image.")
    if image_format is PNG:
        _check_header(head)
    width, height = _size(stream, image_format)
    if not _has_end(stream, image_format.end):
        raise ContentError(f"The {image_format.title} image is truncated.")
    return ReadResult({"format": image_format.name, "width": width, "height": height})


class _LimitedStream:
    """A stream with the interface that imagesize needs, which ends after `MAX_READS` reads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = MAX_READS
        self.seek = stream.seek

    def read(self, size: int) -> bytes:
        self._left -= 1
        return self._stream.read(size) if self._left >= 0 else b""


def _check_header(head: bytes) -> None:
    if len(head) < CHECKSUM.stop:
        raise ContentError("The PNG image is truncated.")
    checksum = zlib.crc32(head[CHECKED]).to_bytes(4, "big")
    if head[IHDR] != PNG_HEADER or head[CHECKSUM] != checksum:
        raise ContentError("The header of the PNG image is broken.")


def _size(stream: BinaryIO, image_format: Format) -> tuple[int, int]:
    try:
        # Not imagesize.get, which suppresses all errors, even those of the stream.
        info = imagesize.get_info(
            _LimitedStream(stream), dpi=False, colors=False, exif_rotation=False, channels=False
        )
    except (ValueError, struct.error):
        raise ContentError(f"The header of the {image_format.title} image is broken or truncated.") from None
    if not 0 < info.width * info.height <= MAX_PIXELS:
        raise ContentError(
            f"A {image_format.title} image of {info.width} x {info.height} pixels is not possible."
        )
    return info.width, info.height


def _has_end(stream: BinaryIO, end: bytes) -> bool:
    """Return whether an image has an end, at the end of the file or before it. Its header was just read."""
    after_header = stream.tell()
    stream.seek(-len(end), SEEK_END)
    if stream.read() == end:
        return True
    # The bytes of the end cannot occur in the image data, but in the metadata before it.
    stream.seek(after_header)
    overlap = b""
    for _ in range(SEARCHED_BYTES // CHUNK):
        chunk = stream.read(CHUNK)
        if end in overlap + chunk:
            return True
        if not chunk:
            return False
        overlap = chunk[1 - len(end) :]
    return True
