"""CSV: rows under a header, in UTF-8."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, tee
from typing import BinaryIO

from handlers.files.formats.columns import Columns, type_of_text
from handlers.files.read_result import EXCERPT_CHARACTERS, ContentError, ReadResult

DELIMITERS = ",;\t|"
TOLD = re.compile(r'(?i:sep)=([^"\r\n])\s*')  # Excel's own line, before the header
ROW_CHARACTERS = 1024 * 1024  # with its line breaks; of a field, the csv module takes 131,072


def read(stream: BinaryIO) -> ReadResult:
    """Return `rows` (without the header), `columns` (`name` and `type`), `ragged_rows` and `delimiter`.

    The first row is the header; a column without a name in it is called `column_` and its number, and two may
    have the same. The delimiter is what a line `sep=` before it says, or else that one of comma, semicolon,
    tab and bar that makes most columns of it. Blank lines are no rows. Rows that have more or fewer fields
    than the header are ragged. Quotes are those of RFC 4180.

    Raises:
        ContentError: It is not UTF-8, has no header, too many columns, binary data, a quoted field that never
            ends or goes on after its end, or too large a row or field.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        return _read(_Lines(text))
    except UnicodeDecodeError:
        raise ContentError("The CSV is not encoded in UTF-8.") from None
    except csv.Error as error:
        raise ContentError(f"The CSV is broken: {error}.") from None
    finally:
        text.detach()  # lest it closes the stream


class _Lines:
    """The lines of a file, and how it begins.

    Attributes:
        row: Characters since it was last set to 0: as long as a quote is open, a row goes on.
        excerpt: Of the lines so far.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.row = 0
        self.excerpt = ""

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(ROW_CHARACTERS + 1):
            self.row += len(line)
            if self.row > ROW_CHARACTERS:
                raise ContentError(f"A row of the CSV has more than {ROW_CHARACTERS:,} characters.")
            if "\0" in line:
                raise ContentError("The content is binary data, not CSV.")
            if len(self.excerpt) < EXCERPT_CHARACTERS:
                self.excerpt = (self.excerpt + line)[:EXCERPT_CHARACTERS]
            yield line


def _read(lines: _Lines) -> ReadResult:
    source = iter(lines)
    first = _filled(lines, source)
    if told := TOLD.fullmatch(first):
        delimiter = told[1]
        source = chain([_filled(lines, source)], source)
    else:
        delimiter, source = _guessed(chain([first], source))
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    columns = Columns()
    for number, name in enumerate(next(reader), start=1):
        columns.add(name.strip() or f"column_{number}")
    lines.row = 0
    rows, ragged = _count(reader, columns, lines)
    return ReadResult(
        {
            "rows": rows,
            "columns": columns.described("text"),
            "ragged_rows": ragged,
            "delimiter": delimiter,
        },
        lines.excerpt,
    )


def _filled(lines: _Lines, source: Iterator[str]) -> str:
    """Return the next line that is not blank."""
    for line in source:
        lines.row = len(line)
        if not line.isspace():
            return line
    raise ContentError("The CSV has no header.")


def _guessed(source: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return the delimiter that makes most columns of the first row, and the lines once more."""
    again, *tries = tee(source, 1 + len(DELIMITERS))
    widths = {each: _width(lines, each) for each, lines in zip(DELIMITERS, tries, strict=True)}
    return max(DELIMITERS, key=widths.__getitem__), again


def _width(source: Iterator[str], delimiter: str) -> int:
    try:
        return len(next(csv.reader(source, delimiter=delimiter)))
    except csv.Error:  # with a wrong one, the whole row may be one field, and too long a one
        return 0


def _count(reader: Iterator[list[str]], columns: Columns, lines: _Lines) -> tuple[int, int]:
    """Note the types of all fields, and return how many rows there are and how many of them are ragged."""
    rows = ragged = 0
    for fields in reader:
        lines.row = 0
        if not fields:
            continue
        rows += 1
        ragged += len(fields) != len(columns.all)
        for column, text in zip(columns.all, fields, strict=False):
            # A column with one text in it is one of texts: the rest need not be looked at.
            if text and "text" not in column.types and (value := text.strip()):
                column.types.add(type_of_text(value))
    return rows, ragged
