"""Data: CSV and JSON."""

from typing import BinaryIO

from handlers.files.formats import csv_rows, json_rows
from handlers.files.read_result import ReadResult


def read(stream: BinaryIO, name: str) -> ReadResult:
    """Read data in the format of its suffix: `.json`, otherwise CSV.

    Raises:
        ContentError: It cannot be read in this format.
    """
    if name.lower().endswith(".json"):
        return json_rows.read(stream)
    return csv_rows.read(stream)
