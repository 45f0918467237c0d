"""CSV: a header and rows, in UTF-8."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO

from handlers.files.formats.columns import Columns, type_of_text
from handlers.files.formats.csv_dialect import SAMPLE_CHARACTERS, detect_delimiter
from handlers.files.read_result import EXCERPT_CHARACTERS, ContentError, ReadResult

SEPARATOR_LINE = re.compile(r'(?i:sep)=([^"\r\n])\s*')  # written by Excel before the header
MAX_REMEMBERED_VALUES = 1_000  # of each column
MAX_ROW_CHARACTERS = 1024 * 1024  # including line breaks; the csv module's limit for a field is 131,072


def read(stream: BinaryIO) -> ReadResult:
    """Return `rows` (without the header), `columns` (`name` and `type`), `ragged_rows` and `delimiter`.

    The first row is the header. A column without a name is called `column_` and its number; names need not be
    unique. The delimiter is taken from a line `sep=` before the header; without such a line, it is the comma,
    semicolon, tab or bar that fits the first rows best. Blank lines are ignored. Rows with more or fewer
    fields than the header are ragged. Quotes follow RFC 4180.

    Raises:
        ContentError: It is not UTF-8, has no header, too many columns, binary data, an unterminated quoted
            field, text after a closing quote, or too large a row or field.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        return _read(_Lines(text))
    except UnicodeDecodeError:
        raise ContentError("The CSV is not encoded in UTF-8.") from None
    except csv.Error as error:
        raise ContentError(f"The CSV is broken: {error}.") from None
    finally:
        text.detach()  # otherwise it would close the stream


class _Lines:
    """The lines of a file, with a limit for the length of a row.

    Attributes:
        row_characters: Length of the current row so far. A row has several lines while a quote is open; the
            reader of rows sets it to 0 after each row.
        excerpt: Beginning of the text read so far.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._readline = partial(text.readline, MAX_ROW_CHARACTERS + 1)
        self._sample: deque[str] = deque()
        self.row_characters = 0
        self.excerpt = ""

    def __iter__(self) -> Iterator[str]:
        sample, has_excerpt = self._sample, False
        while line := sample.popleft() if sample else self._readline():
            self.row_characters += len(line)
            if self.row_characters > MAX_ROW_CHARACTERS:
                raise ContentError(f"A row of the CSV has more than {MAX_ROW_CHARACTERS:,} characters.")
            if "\0" in line:
                raise ContentError("The content is binary data, not CSV.")
            if not has_excerpt:
                self.excerpt = (self.excerpt + line)[:EXCERPT_CHARACTERS]
                has_excerpt = len(self.excerpt) == EXCERPT_CHARACTERS
            yield line

    def sample(self) -> tuple[str, bool]:
        """Return lines that are not read yet, of `SAMPLE_CHARACTERS` at least, and whether these are all."""
        size = 0
        while size < SAMPLE_CHARACTERS:
            line = self._readline()
            if not line:
                return "".join(self._sample), True
            self._sample.append(line)
            size += len(line)
        return "".join(self._sample), False


def _read(lines: _Lines) -> ReadResult:
    source = iter(lines)
    first = _next_filled_line(lines, source)
    if separator := SEPARATOR_LINE.fullmatch(first):
        delimiter = separator[1]
        source = chain([_next_filled_line(lines, source)], source)
    else:
        sample, complete = lines.sample()
        delimiter = detect_delimiter(first + sample, complete=complete)
        source = chain([first], source)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    columns = Columns()
    for number, name in enumerate(next(reader), start=1):
        columns.add(name.strip() or f"column_{number}")
    lines.row_characters = 0
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


def _next_filled_line(lines: _Lines, source: Iterator[str]) -> str:
    """Return the next line that is not blank."""
    for line in source:
        lines.row_characters = len(line)
        if not line.isspace():
            return line
    raise ContentError("The CSV has no header.")


def _count(reader: Iterator[list[str]], columns: Columns, lines: _Lines) -> tuple[int, int]:
    """Add the types of all fields to the columns; return the numbers of all rows and of ragged rows."""
    rows = ragged = 0
    width = len(columns.all)
    # Values of each column whose type is known: most values of a narrow column are repeated.
    typed = [(column.types, {""}) for column in columns.all]
    for fields in reader:
        lines.row_characters = 0
        if not fields:
            continue
        rows += 1
        if len(fields) != width:
            ragged += 1
        for (types, values), text in zip(typed, fields, strict=False):
            # One text makes the whole column text, so its other values need no check.
            if text not in values and "text" not in types:
                if len(values) == MAX_REMEMBERED_VALUES:
                    values.clear()
                values.add(text)
                if value := text.strip():
                    types.add(type_of_text(value))
    return rows, ragged
