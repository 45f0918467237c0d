"""PDF documents.

pypdf repairs much, by reading the file over and over if need be, keeps what it has unpacked, and gives up
with whatever exception. So it works in a process of its own, which may have so much memory and time and no
more, on a copy of the file on disk, where reading costs little and no error is one of S3.

The process is a new one and not a fork, which would begin with all that this one has in memory, and with
locks that no thread is there to release. To start it takes a quarter of a second.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from typing import IO, Any, BinaryIO

from handlers.files.read_result import ContentError, ReadResult

HEADER_BYTES = 1024  # that the header may stand in: other readers put up with that, too
MEMORY_BYTES = 1024**3  # half of the function's
SECONDS = 60  # of processor time


def read(stream: BinaryIO) -> ReadResult:
    """Return `pages` (that there are, whatever the document says of their number) and `encrypted`.

    An encrypted document has no excerpt, and None for its pages where it takes a password to count them, or
    AES: for that pypdf needs cryptography, which the functions do not carry.

    Raises:
        ContentError: It is no PDF, broken beyond repair, without pages, or takes too much to read.
    """
    if b"%PDF-" not in stream.read(HEADER_BYTES):
        raise ContentError("The content is no PDF document.")
    stream.seek(0)
    with tempfile.TemporaryFile() as disk:
        shutil.copyfileobj(stream, disk)
        disk.seek(0)
        found = _found_in(disk)
    if not found:
        raise ContentError("The PDF takes too much time or memory to read.")
    if "error" in found:
        raise ContentError(found["error"])
    excerpt = found.pop("excerpt", "")
    return ReadResult(found, excerpt)


def _found_in(disk: IO[bytes]) -> dict[str, Any]:
    """Return what `pdf_process` has found before its end, whatever that was.

    Raises:
        RuntimeError: It has not come to its end or its bounds, but failed.
    """
    start = (
        "import sys; sys.path[:] = sys.argv[1:]; from handlers.files.formats.pdf_process import main;"
        f" main({MEMORY_BYTES}, {SECONDS})"
    )
    process = subprocess.run(
        [sys.executable, "-c", start, *sys.path], stdin=disk, stdout=subprocess.PIPE, check=False
    )
    if process.returncode > 0:
        raise RuntimeError(f"the process that reads PDFs has failed: {process.returncode}")
    found: dict[str, Any] = {}
    for line in process.stdout.split(b"\n")[:-1]:  # what follows the last line break was cut off
        found |= json.loads(line)
    return found
