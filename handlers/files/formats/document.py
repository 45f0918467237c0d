"""Documents: PDF and plain text."""

from pathlib import PurePosixPath
from typing import BinaryIO

from handlers.files.formats import text
from handlers.files.outcome import Outcome


def read(stream: BinaryIO, name: str) -> Outcome:
    """Read a document as what its suffix says it is: `.pdf`, or else text.

    Raises:
        ContentError: It cannot be read as that.
    """
    if PurePosixPath(name).suffix.lower() == ".pdf":
        from handlers.files.formats import pdf  # noqa: PLC0415 - a text need not wait for a quarter of a cold start

        return pdf.read(stream)
    return text.read(stream)
