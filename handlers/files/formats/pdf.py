"""PDF documents.

pypdf repairs much, by reading the file over and over if need be, and gives up with whatever exception. So it
has a copy of the file on disk, where reading costs little and no error is one of S3, and only so much time of
the processor. It bounds what it unpacks itself; its bounds are set lower here.
"""

import logging
import shutil
import tempfile
import time
from contextlib import AbstractContextManager
from io import BufferedReader, RawIOBase
from itertools import islice
from typing import BinaryIO

from pypdf import PdfReader, apply_configuration
from pypdf.errors import DependencyError

from handlers.files.outcome import EXCERPT_CHARACTERS, ContentError, Outcome

HEADER_BYTES = 1024  # that the header may stand in: other readers put up with that, too
UNPACKED_BYTES = 32 * 1024 * 1024  # of a stream
OPERATIONS = 500_000  # of a page whose text is extracted
PAGES_SECONDS = 60.0  # of processor time
EXCERPT_SECONDS = 10.0
EXCERPT_PAGES = 10

# It logs what is wrong with a file by quoting it.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


def read(stream: BinaryIO) -> Outcome:
    """Return `pages` (that there are, whatever the document says of their number) and `encrypted`.

    An encrypted document has no excerpt, and None for its pages where it takes a password to count them, or
    AES: for that pypdf needs cryptography, which the functions do not carry.

    Raises:
        ContentError: It is no PDF, broken beyond repair, without pages, or takes too long.
    """
    if b"%PDF-" not in stream.read(HEADER_BYTES):
        raise ContentError("The content is no PDF document.")
    stream.seek(0)
    with tempfile.TemporaryFile() as disk:
        shutil.copyfileobj(stream, disk)
        disk.flush()
        with _TimedFile(disk.raw) as file, _bounds():
            return _read(file)


class _TimeUpError(BaseException):
    """The time is up. No Exception, since pypdf goes on after most of them."""


class _TimedFile(BufferedReader):
    """A file that can be read as long as there is time."""

    def __init__(self, raw: RawIOBase) -> None:
        super().__init__(raw)
        self.give(PAGES_SECONDS)

    def give(self, seconds: float) -> None:
        """Let it be read for so much more processor time of this thread."""
        self._end = time.thread_time() + seconds

    def read(self, size: int | None = -1, /) -> bytes:
        if time.thread_time() > self._end:
            raise _TimeUpError
        return super().read(size)


def _bounds() -> AbstractContextManager[object]:
    return apply_configuration(
        zlib_maximum_output_length=UNPACKED_BYTES,
        lzw_maximum_output_length=UNPACKED_BYTES,
        run_length_maximum_output_length=UNPACKED_BYTES,
        brotli_maximum_output_length=UNPACKED_BYTES,
        array_based_stream_maximum_output_length=UNPACKED_BYTES,
        stream_parsing_work_maximum_count=OPERATIONS,
    )


def _read(file: _TimedFile) -> Outcome:
    try:
        reader = PdfReader(file)
        encrypted = reader.is_encrypted
        if encrypted and not reader.decrypt(""):
            return Outcome({"pages": None, "encrypted": True})
        pages = len(reader.pages)
    except DependencyError:
        return Outcome({"pages": None, "encrypted": True})
    except MemoryError:
        raise
    except _TimeUpError:
        raise ContentError("The PDF takes too long to read.") from None
    except Exception:  # noqa: BLE001 - there is none that pypdf does not raise, over a broken file
        raise ContentError("The PDF is broken.") from None
    if not pages:
        raise ContentError("The PDF has no pages.")
    return Outcome({"pages": pages, "encrypted": encrypted}, "" if encrypted else _excerpt(reader, file))


def _excerpt(reader: PdfReader, file: _TimedFile) -> str:
    """Return how the text begins, as far as it can be had."""
    text = ""
    file.give(EXCERPT_SECONDS)
    try:
        for page in islice(reader.pages, EXCERPT_PAGES):
            text = f"{text}\n{page.extract_text()}".strip()
            if len(text) >= EXCERPT_CHARACTERS:
                break
    except MemoryError:
        raise
    except (Exception, _TimeUpError):  # noqa: BLE001, S110 - as above; an excerpt is not worth failing for
        pass
    # Fonts may say of a glyph that it is half of a surrogate pair.
    return text[:EXCERPT_CHARACTERS].encode("utf-8", "replace").decode()
