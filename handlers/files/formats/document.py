"""Documents: PDF and plain text."""

from pathlib import PurePosixPath
from typing import BinaryIO

from handlers.files.formats import pdf, text
from handlers.files.outcome import Outcome


def read(stream: BinaryIO, name: str) -> Outcome:
    """Read a document as what its suffix says it is: `.pdf`, or else text.

    Raises:
        ContentError: It cannot be read as that.
    """
    if PurePosixPath(name).suffix.lower() == ".pdf":
        return pdf.read(stream)
    return text.read(stream)
