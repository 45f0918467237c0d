"""Data: CSV and JSON."""

from pathlib import PurePosixPath
from typing import BinaryIO

from handlers.files.formats import csv_rows, json_rows
from handlers.files.read_result import ReadResult


def read(stream: BinaryIO, name: str) -> ReadResult:
    """Read data as what its suffix says it is: `.json`, or else CSV.

    Raises:
        ContentError: It cannot be read as that.
    """
    if PurePosixPath(name).suffix.lower() == ".json":
        return json_rows.read(stream)
    return csv_rows.read(stream)
