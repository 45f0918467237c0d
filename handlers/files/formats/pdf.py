"""PDF documents.

pypdf repairs broken files, for which it may read them many times. It keeps unpacked content in memory and can
raise any exception. So it runs in a separate process with limited memory and time, on a copy of the file on
disk: reading the copy is cheap, and an error of S3 cannot be mistaken for one of pypdf.

The process is started, not forked: a fork would start with the memory of this process, and with locks that no
thread releases. Starting takes a quarter of a second.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from typing import IO, Any, BinaryIO

from handlers.files.read_result import ContentError, ReadResult

HEADER_BYTES = 1024  # the header may be anywhere in them, as in other PDF readers
MEMORY_BYTES = 1024**3  # half of the function's
SECONDS = 60  # of CPU time


def read(stream: BinaryIO) -> ReadResult:
    """Return `pages` (as counted, not as the document claims) and `encrypted`.

    An encrypted document has no excerpt. Its `pages` are None if a password is needed to count them, or if it
    is encrypted by AES, for which pypdf needs the package cryptography, which is not in the layer.

    Raises:
        ContentError: It is not a PDF, is broken beyond repair, has no pages, or takes too much memory or
            time.
    """
    if b"%PDF-" not in stream.read(HEADER_BYTES):
        raise ContentError("The content is not a PDF document.")
    stream.seek(0)
    with tempfile.TemporaryFile() as disk:
        shutil.copyfileobj(stream, disk)
        disk.seek(0)
        findings = _run_process(disk)
    if not findings:
        raise ContentError("The PDF takes too much time or memory to read.")
    if "error" in findings:
        raise ContentError(findings["error"])
    excerpt = findings.pop("excerpt", "")
    return ReadResult(findings, excerpt)


def _run_process(disk: IO[bytes]) -> dict[str, Any]:
    """Run `pdf_process`, and return what it has printed, even if it was killed at one of its limits.

    Raises:
        RuntimeError: It failed for another reason.
    """
    start = (
        "import sys; sys.path[:] = sys.argv[1:]; from handlers.files.formats.pdf_process import main;"
        f" main({MEMORY_BYTES}, {SECONDS})"
    )
    process = subprocess.run(
        [sys.executable, "-c", start, *sys.path],
        stdin=disk,
        stdout=subprocess.PIPE,
        env={"LANG": "C.UTF-8"},  # the function's environment contains its credentials
        check=False,
    )
    if process.returncode > 0:
        raise RuntimeError(f"the process that reads PDFs ended with {process.returncode}")
    findings: dict[str, Any] = {}
    for line in process.stdout.split(b"\n")[:-1]:  # the last line is empty, or incomplete
        findings |= json.loads(line)
    return findings
