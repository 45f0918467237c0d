"""The columns of data, and the types of what is in them."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from handlers.files.read_result import ContentError

COLUMNS = 1_000
NAMES_BYTES = 200_000  # of all names together: they go into an item of DynamoDB, which takes 400 KB

VALUE = re.compile(
    r"""(?P<integer> [+-]?(0|[1-9][0-9]*))
    | (?P<number> [+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?)
    | (?P<boolean> true|false)
    | (?P<date> [0-9]{4}-[0-9]{2}-[0-9]{2}
        ([T\ ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?)""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# Every one is a number; every other a text.
WIDER = (({"integer", "number"}, "number"), ({"date", "text"}, "text"))


@dataclass
class Column:
    """A column: its name, and the types of its values, save the empty ones."""

    name: str
    types: set[str] = field(default_factory=set)

    def type(self, several: str) -> str:
        """Return the one type of its values.

        Integers among numbers are numbers, dates among texts are texts; other mixtures are `several`, and a
        column without a value is `empty`.
        """
        if not self.types:
            return "empty"
        if len(self.types) == 1:
            return next(iter(self.types))
        return next((wider for types, wider in WIDER if self.types == types), several)


class Columns:
    """The columns of some data, in the order in which they were found."""

    def __init__(self) -> None:
        self.all: list[Column] = []
        self._bytes = 0

    def add(self, name: str) -> Column:
        """Return a new column.

        Raises:
            ContentError: There are too many, their names are too long, or this one is not Unicode.
        """
        try:
            self._bytes += len(name.encode())
        except UnicodeEncodeError:  # JSON can escape half of a surrogate pair
            raise ContentError("The name of a column is not Unicode.") from None
        if self._bytes > NAMES_BYTES:
            raise ContentError(f"The names of the columns have more than {NAMES_BYTES:,} bytes in all.")
        if len(self.all) == COLUMNS:
            raise ContentError(f"There are more than {COLUMNS:,} columns.")
        self.all.append(Column(name))
        return self.all[-1]

    def described(self, several: str) -> list[dict[str, str]]:
        """Return `name` and `type` of each; `several` is the type of one with values of several types."""
        return [{"name": column.name, "type": column.type(several)} for column in self.all]


def type_of_text(text: str) -> str:
    """Return what a text says: `integer`, `number`, `boolean`, `date` (ISO 8601; with a time, too) or `text`.

    Digits with a zero before them are text: they are post codes, telephone numbers and the like.
    """
    found = VALUE.fullmatch(text)
    kind = found and found.lastgroup
    if not kind or (kind == "date" and not _exists(text)):
        return "text"
    return kind


def _exists(date: str) -> bool:
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return False
    return True
