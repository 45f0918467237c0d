"""JPEG and PNG images.

imagesize reads the size. It accepts any file that begins like an image. So this module checks the header of a
PNG image and that it has image data, and the end of both formats.
"""

import struct
import zlib
from dataclasses import dataclass
from io import SEEK_END
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
# https://www.w3.org/TR/png-3/#11IHDR: the bit depths of each colour type, then the methods of compression,
# filtering and interlacing.
BIT_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
BIT_DEPTH, COLOUR_TYPE, METHODS = 24, 25, slice(26, 29)
POSSIBLE_METHODS = (b"\0\0\0", b"\0\0\1")
CHUNK_HEADER = struct.Struct(">I4s")  # the length of the data, and the type
CHUNK_CHECKSUM_BYTES = 4


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
    if not name.lower().endswith(image_format.suffixes):
        suffix = name.lower().rpartition(".")[2]
        raise ContentError(f"The name ends in .{suffix}, but the content is a {image_format.title} image.")
    if image_format is PNG:
        _check_header(head)
    width, height = _size(stream, image_format)
    image_data = _find_image_data(stream) if image_format is PNG else stream.tell()
    if not _has_end(stream, image_format.end, image_data):
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
    if (
        head[IHDR] != PNG_HEADER
        or head[CHECKSUM] != checksum
        or head[BIT_DEPTH] not in BIT_DEPTHS.get(head[COLOUR_TYPE], ())
        or head[METHODS] not in POSSIBLE_METHODS
    ):
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


def _find_image_data(stream: BinaryIO) -> int:
    """Return the position of the first chunk of image data of a PNG image."""
    position = CHECKSUM.stop
    for _ in range(MAX_READS):
        stream.seek(position)
        header = stream.read(CHUNK_HEADER.size)
        if len(header) < CHUNK_HEADER.size:
            raise ContentError("The PNG image is truncated.")
        length, chunk_type = CHUNK_HEADER.unpack(header)
        if chunk_type == b"IDAT":
            return position
        if chunk_type == b"IEND":
            break
        position += CHUNK_HEADER.size + length + CHUNK_CHECKSUM_BYTES
    raise ContentError("The PNG image has no image data.")


def _has_end(stream: BinaryIO, end: bytes, image_data: int) -> bool:
    """Return whether an image has an end, at the end of the file or after the position of its image data."""
    stream.seek(-len(end), SEEK_END)
    if stream.read() == end:
        return True
    # The bytes of the end cannot occur in the image data, but in the metadata before it.
    stream.seek(image_data)
    overlap = b""
    for _ in range(SEARCHED_BYTES // CHUNK):
        chunk = stream.read(CHUNK)
        if end in overlap + chunk:
            return True
        if not chunk:
            return False
        overlap = chunk[1 - len(end) :]
    return True
