"""Documents: PDF and plain text."""

from typing import BinaryIO

from handlers.files.formats import pdf, text
from handlers.files.read_result import ReadResult


def read(stream: BinaryIO, name: str) -> ReadResult:
    """Read a document in the format of its suffix: `.pdf`, otherwise text.

    Raises:
        ContentError: It cannot be read in this format.
    """
    if name.lower().endswith(".pdf"):
        return pdf.read(stream)
    return text.read(stream)
