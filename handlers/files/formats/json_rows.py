"""JSON: an array of rows, one row, or any other value; in UTF-8.

ijson reads it piece by piece, by whichever of its backends there is. What they do not all look at is seen to
here: the encoding, and how long and how deep a value may be.
"""

import codecs
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped] # it has no types

from handlers.files.formats.columns import Column, Columns, type_of_text
from handlers.files.read_result import EXCERPT_CHARACTERS, ContentError, ReadResult, Result

CHUNK = 16 * 1024  # what its events take is many times as much
DEPTH = 100
VALUE_BYTES = 1024 * 1024  # of a string, a number or a name, and of the blanks before it
STARTS, ENDS = ("start_map", "start_array"), ("end_map", "end_array")
TYPES = {"start_map": "object", "start_array": "array", "boolean": "boolean", "null": "empty"}
# The last two are of numbers that Python cannot hold: some raise them, others a JSONError in place of them.
ERRORS = (ijson.JSONError, ValueError, ArithmeticError, SystemError)


def read(stream: BinaryIO) -> ReadResult:
    """Return `type`, `rows`, `columns` (`name` and `type`) and `ragged_rows`.

    The rows of an array are its elements; an object is one row, any other value none. The columns are all
    names that the rows have between them; what is within their values is not described. Rows that lack some
    of the columns, or are no objects, are ragged.

    Raises:
        ContentError: It is not UTF-8, no JSON (as with NaN, or two values), has a name twice in a row, too
            many columns, or values that are too long or too deep.
    """
    events: Any = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events)
    try:
        return _read(stream, parser, events)
    finally:
        with suppress(*ERRORS):  # one that is not closed complains of it on stderr, and quotes the file
            parser.close()


def _read(stream: BinaryIO, parser: Any, events: Any) -> ReadResult:  # noqa: ANN401 - ijson has no types
    rows = _Rows()
    excerpt = ""
    waiting = 0  # bytes since the last event
    for chunk, text in _chunks(stream):
        excerpt = excerpt or text[:EXCERPT_CHARACTERS]
        with _broken():
            parser.send(chunk)
        waiting = 0 if events else waiting + len(chunk)
        if waiting > VALUE_BYTES:
            raise ContentError(f"The JSON has a value of more than {VALUE_BYTES:,} bytes.")
        rows.take_all(events)
    with _broken():
        parser.close()
    rows.take_all(events)  # a number ends where the file does
    return ReadResult(rows.result(), excerpt)


@contextmanager
def _broken() -> Iterator[None]:
    """Say of the parser's errors what is wrong with the JSON."""
    try:
        yield
    except ERRORS as error:
        if _is_of_a_number(error) or _is_of_a_number(error.__context__):
            raise ContentError("The JSON has a number of too many digits or too large an exponent.") from None
        raise ContentError("The JSON is broken or cut off.") from None


def _is_of_a_number(error: BaseException | None) -> bool:
    """Return whether an error is that of a number which is right, but which Python cannot hold."""
    if isinstance(error, InvalidOperation):
        return error.args == ([InvalidOperation],)  # of one that is wrong, it says so
    return isinstance(error, ValueError) and "Exceeds the limit" in str(error)


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, str]]:
    """Yield the chunks of a file without its byte order mark, and the text of each."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = stream.read(CHUNK).removeprefix(codecs.BOM_UTF8)
    try:
        while chunk:
            yield chunk, decoder.decode(chunk)
            chunk = stream.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise ContentError("The JSON is not encoded in UTF-8.") from None


class _Rows:
    """What the parser's events so far tell of the rows."""

    def __init__(self) -> None:
        self._type = "empty"
        self._depth = 0
        self._rows_at = 0  # the depth that rows stand at
        self._rows = 0
        self._row: set[str] | None = None  # the names of the last row so far; None where it is no object
        self._widths: Counter[int] = Counter()  # how many rows have that many names
        self._columns = Columns()
        self._by_name: dict[str, Column] = {}
        self._column = Column("")  # that the next value of the row is in

    def take_all(self, events: list[tuple[str, Any]]) -> None:
        """Take the parser's events, and leave none."""
        for event, value in events:
            self._take(event, value)
        events.clear()

    def result(self) -> Result:
        """Return what was found."""
        return {
            "type": self._type,
            "rows": self._rows,
            "columns": self._columns.described("mixed"),
            "ragged_rows": self._rows - self._widths[len(self._by_name)],
        }

    def _take(self, event: str, value: Any) -> None:  # noqa: ANN401 - whatever stands in the JSON
        if event in ENDS:
            self._depth -= 1
            if self._depth == self._rows_at and self._row is not None:
                self._widths[len(self._row)] += 1
        elif event == "map_key":
            if self._row is not None and self._depth == self._rows_at + 1:
                self._name(self._row, value)
        else:
            self._value(TYPES.get(event) or _type_of(value))
            if event in STARTS:
                self._depth += 1
                if self._depth > DEPTH:
                    raise ContentError(f"The JSON is more than {DEPTH} levels deep.")

    def _name(self, row: set[str], name: str) -> None:
        """Note the name of the value that is next in a row."""
        if name in row:
            raise ContentError("The JSON has a row with a name twice.")
        row.add(name)
        column = self._by_name.get(name)
        if column is None:
            column = self._by_name[name] = self._columns.add(name)
        self._column = column

    def _value(self, kind: str) -> None:
        """Note a value, or the beginning of one that holds others."""
        if self._depth == 0:
            self._type = kind
            self._rows_at = 1 if kind == "array" else 0
        if self._depth == self._rows_at and (self._depth or kind == "object"):
            self._rows += 1
            self._row = set() if kind == "object" else None
        elif self._row is not None and self._depth == self._rows_at + 1 and kind != "empty":
            self._column.types.add(kind)


def _type_of(value: int | Decimal | str) -> str:
    if isinstance(value, str):
        return "date" if type_of_text(value) == "date" else "text"
    return "integer" if isinstance(value, int) else "number"
