"""JPEG and PNG images.

imagesize finds the size. It takes anything for an image that begins like one, so that the checksum of PNG's
header and the end of either format are looked at here.
"""

import struct
import zlib
from dataclasses import dataclass
from io import SEEK_END
from pathlib import PurePosixPath
from typing import BinaryIO

import imagesize  # type: ignore[import-untyped] # it has no types

from handlers.files.read_result import ContentError, ReadResult

# A few for each segment before the size, of which MBs of metadata make some hundreds. imagesize would go
# through whatever else is there byte by byte.
READS = 10_000
PIXELS = 1_000_000_000  # far more than any camera has
CHUNK = 1024 * 1024
SEARCHED = 256 * CHUNK  # bytes that are looked through for an end; one that long is taken for whole


@dataclass(frozen=True)
class Format:
    """An image format: how its files begin and end, and their suffixes."""

    name: str
    beginning: bytes
    end: bytes
    suffixes: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name, as people write it."""
        return self.name.upper()


PNG = Format("png", b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82", (".png",))
JPEG = Format("jpeg", b"\xff\xd8\xff", b"\xff\xd9", (".jpg", ".jpeg"))
IHDR = slice(8, 16)  # where PNG's header begins: its length, 13, and its type
PNG_HEADER = b"\0\0\0\rIHDR"
CHECKED, CHECKSUM = slice(12, 29), slice(29, 33)


def read(stream: BinaryIO, name: str) -> ReadResult:
    """Return `format` (`jpeg` or `png`), `width` and `height` (pixels, as stored: not turned by EXIF).

    Only the beginning and the end are read, and the rest where data follows the image, as a video does in the
    photos of some phones.

    Raises:
        ContentError: It is no image, not of the kind that the suffix of `name` says, broken or cut off.
    """
    head = stream.read(64)
    found = next((each for each in (PNG, JPEG) if head.startswith(each.beginning)), None)
    if found is None:
        raise ContentError("The content is no JPEG or PNG image." if head else "The file is empty.")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in found.suffixes:
        raise ContentError(f"The name ends in {suffix}, but the content is a {found.title} image.")
    if found is PNG:
        _check_header(head)
    width, height = _size(stream, found)
    if not _ends(stream, found.end):
        raise ContentError(f"The {found.title} image is cut off.")
    return ReadResult({"format": found.name, "width": width, "height": height})


class _Head:
    """A stream as imagesize wants it, which ends after `READS` reads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = READS
        self.seek = stream.seek

    def read(self, size: int) -> bytes:
        self._left -= 1
        return self._stream.read(size) if self._left >= 0 else b""


def _check_header(head: bytes) -> None:
    if len(head) < CHECKSUM.stop:
        raise ContentError("The PNG image is cut off.")
    checksum = zlib.crc32(head[CHECKED]).to_bytes(4, "big")
    if head[IHDR] != PNG_HEADER or head[CHECKSUM] != checksum:
        raise ContentError("The header of the PNG image is broken.")


def _size(stream: BinaryIO, found: Format) -> tuple[int, int]:
    try:
        # Not imagesize.get: it hides every error, those of the stream too.
        info = imagesize.get_info(_Head(stream), dpi=False, colors=False, exif_rotation=False, channels=False)
    except (ValueError, struct.error):
        raise ContentError(f"The header of the {found.title} image is broken or cut off.") from None
    if not 0 < info.width * info.height <= PIXELS:
        raise ContentError(f"A {found.title} image of {info.width} x {info.height} pixels cannot be.")
    return info.width, info.height


def _ends(stream: BinaryIO, end: bytes) -> bool:
    """Return whether an image whose header was just read has an end: at that of the file, or before it."""
    after_header = stream.tell()
    stream.seek(-len(end), SEEK_END)
    if stream.read() == end:
        return True
    # Within the data of an image the bytes of its end cannot be; in the metadata before it they can.
    stream.seek(after_header)
    rest = b""
    for _ in range(SEARCHED // CHUNK):
        chunk = stream.read(CHUNK)
        if end in rest + chunk:
            return True
        if not chunk:
            return False
        rest = chunk[1 - len(end) :]
    return True
