"""Documents: PDF and plain text."""

from pathlib import PurePosixPath
from typing import BinaryIO

from handlers.files.formats import pdf, text
from handlers.files.read_result import ReadResult


def read(stream: BinaryIO, name: str) -> ReadResult:
    """Read a document as what its suffix says it is: `.pdf`, or else text.

    Raises:
        ContentError: It cannot be read as that.
    """
    if PurePosixPath(name).suffix.lower() == ".pdf":
        return pdf.read(stream)
    return text.read(stream)
