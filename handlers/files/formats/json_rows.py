"""JSON: an array of rows, one row, or any other value; in UTF-8.

ijson parses it incrementally, with its compiled backend: the one in Python takes four times as long, and
accepts numbers such as `+1`. It does not limit the length and depth of values, so this module does. It also
adapts what the parser treats otherwise than RFC 8259 and Python's `json`; a test compares the two.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from ijson import JSONError, sendable_list  # type: ignore[import-untyped] # it has no types
from ijson.backends.yajl2_c import basic_parse_coro  # type: ignore[import-untyped] # as above

from handlers.files.formats.columns import Column, Columns, type_of_text
from handlers.files.read_result import EXCERPT_CHARACTERS, ContentError, Properties, ReadResult

CHUNK = 16 * 1024  # the parser's events take many times as much memory
MAX_DEPTH = 100
MAX_VALUE_BYTES = 1024 * 1024  # of a string, a number or a name, including the white space before it
# An escape in a string. At the end of a text it may be incomplete, also where it is the first half of a
# surrogate pair. A half without the other one is no character.
ESCAPE = re.compile(
    r"""(?P<incomplete> \\ (?:u (?:[0-9a-f]{0,3} | d[89ab][0-9a-f]{2} (?:\\ (?:u[0-9a-f]{0,3})?)?))? \Z)
    | \\u d[89ab][0-9a-f]{2} \\u d[c-f][0-9a-f]{2}
    | (?P<half> \\u d[89a-f][0-9a-f]{2})
    | \\.""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
NONCHARACTER = "\ufdd0"
"""Stands for half of a surrogate pair, which the parser replaces by a question mark, or rejects."""

STARTS, ENDS = ("start_map", "start_array"), ("end_map", "end_array")
BROKEN = "The JSON is broken or truncated."
TYPES = {"start_map": "object", "start_array": "array", "boolean": "boolean", "null": "empty"}
# The last three are for numbers that Python cannot represent.
ERRORS = (JSONError, ValueError, ArithmeticError, SystemError)


def read(stream: BinaryIO) -> ReadResult:
    """Return `type`, `rows`, `columns` (`name` and `type`) and `ragged_rows`.

    The rows of an array are its elements; an object is one row, and any other value has no rows. The columns
    are the names of all rows; nested values are not described. Rows that lack some of the columns, or are not
    objects, are ragged.

    Raises:
        ContentError: It is not UTF-8, is not JSON (also NaN or several values), has a row with a duplicate
            name, too many columns, or values that are too long or nested too deeply.
    """
    events: Any = sendable_list()
    parser = basic_parse_coro(events)
    try:
        return _read(stream, parser, events)
    finally:
        with suppress(*ERRORS):  # an unclosed parser writes a warning to stderr that quotes the file
            parser.close()


def _read(stream: BinaryIO, parser: Any, events: Any) -> ReadResult:  # noqa: ANN401 - ijson has no types
    rows = _Rows()
    excerpt = ""
    waiting = 0  # bytes since the last event
    for chunk, text in _chunks(stream):
        excerpt = excerpt or text[:EXCERPT_CHARACTERS]
        with _translate_errors():
            parser.send(chunk)
        waiting = 0 if events else waiting + len(chunk)
        if waiting > MAX_VALUE_BYTES:
            raise ContentError(f"The JSON has a value of more than {MAX_VALUE_BYTES:,} bytes.")
        rows.process(events)
    with _translate_errors():
        parser.send(b"\n")  # ends an open string or literal, which the parser ignores after a complete value
        parser.close()
    rows.process(events)  # a number at the end of the file is only complete now
    return ReadResult(rows.properties(), excerpt)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Translate errors of the parser to a `ContentError`."""
    try:
        yield
    except ERRORS as error:
        if _is_about_a_number(error) or _is_about_a_number(error.__context__):
            raise ContentError(
                "The JSON has a number with too many digits or too large an exponent."
            ) from None
        raise ContentError(BROKEN) from None


def _is_about_a_number(error: BaseException | None) -> bool:
    """Return whether an error is about a valid number that Python cannot represent."""
    too_long = isinstance(error, ValueError) and "Exceeds the limit" in str(error)
    return too_long or isinstance(error, InvalidOperation)


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, str]]:
    """Yield the chunks of a file for the parser, without a byte order mark, and their text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = stream.read(CHUNK).removeprefix(codecs.BOM_UTF8)
    incomplete = ""
    try:
        while chunk:
            text = decoder.decode(chunk)
            if "\f" in text or "\v" in text:  # white space for the parser, but not in JSON
                raise ContentError(BROKEN)
            content, incomplete = _replace_half_surrogates(incomplete + text)
            if content:  # the parser takes an empty chunk for the end
                yield content.encode(), text
            chunk = stream.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise ContentError("The JSON is not encoded in UTF-8.") from None
    if incomplete:
        yield incomplete.encode(), ""


def _replace_half_surrogates(text: str) -> tuple[str, str]:
    """Replace halves of surrogate pairs by `NONCHARACTER`; return the incomplete escape at the end apart."""
    incomplete = ""

    def replace(escape: re.Match[str]) -> str:
        nonlocal incomplete
        incomplete = escape["incomplete"] or ""
        if incomplete:
            return ""
        return NONCHARACTER if escape["half"] else escape[0]

    return ESCAPE.sub(replace, text), incomplete


class _Rows:
    """The rows and columns, as far as the parser has read."""

    def __init__(self) -> None:
        self._type = "empty"
        self._depth = 0
        self._rows_at = 0  # depth of the rows
        self._rows = 0
        self._row: set[str] | None = None  # names of the current row; None if it is not an object
        self._widths: Counter[int] = Counter()  # number of rows by their number of names
        self._columns = Columns()
        self._by_name: dict[str, Column] = {}
        self._column = Column("")  # column of the row's next value

    def process(self, events: list[tuple[str, Any]]) -> None:
        """Process the parser's events, and clear the list."""
        for event, value in events:
            self._process(event, value)
        events.clear()

    def properties(self) -> Properties:
        """Return the properties of the file."""
        return {
            "type": self._type,
            "rows": self._rows,
            "columns": self._columns.described("mixed"),
            "ragged_rows": self._rows - self._widths[len(self._by_name)],
        }

    def _process(self, event: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
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
                if self._depth > MAX_DEPTH:
                    raise ContentError(f"The JSON is more than {MAX_DEPTH} levels deep.")

    def _name(self, row: set[str], name: str) -> None:
        """Add the name of the next value to the current row."""
        if name in row:
            raise ContentError("The JSON has a row with a duplicate name.")
        row.add(name)
        column = self._by_name.get(name)
        if column is None:
            if NONCHARACTER in name:
                raise ContentError("The name of a column is not Unicode.")
            column = self._by_name[name] = self._columns.add(name)
        self._column = column

    def _value(self, value_type: str) -> None:
        """Add a value, or the start of an object or array."""
        if self._depth == 0:
            self._type = value_type
            self._rows_at = 1 if value_type == "array" else 0
        if self._depth == self._rows_at and (self._depth or value_type == "object"):
            self._rows += 1
            self._row = set() if value_type == "object" else None
        elif self._row is not None and self._depth == self._rows_at + 1 and value_type != "empty":
            self._column.types.add(value_type)


def _type_of(value: int | Decimal | str) -> str:
    if isinstance(value, str):
        return "date" if type_of_text(value) == "date" else "text"
    return "integer" if isinstance(value, int) else "number"
