"""Columns of tabular data, and the types of their values."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from handlers.files.read_result import ContentError

MAX_COLUMNS = 1_000
MAX_NAMES_BYTES = 200_000  # of all names: they are stored in a DynamoDB item, whose limit is 400 KB

VALUE = re.compile(
    r"""(?P<integer> [+-]?(0|[1-9][0-9]*))
    | (?P<number> [+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?)
    | (?P<boolean> true|false)
    | (?P<date> [0-9]{4}-[0-9]{2}-[0-9]{2}
        ([T\ ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?)""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# Types of which one includes the other.
INCLUDING_TYPES = (({"integer", "number"}, "number"), ({"date", "text"}, "text"))


@dataclass
class Column:
    """A column: its name, and the types of its non-empty values."""

    name: str
    types: set[str] = field(default_factory=set)

    def type(self, mixed: str) -> str:
        """Return the type of its values.

        Integers and numbers together are numbers; dates and text together are text. Other mixtures are
        `mixed`. The type of a column without values is `empty`.
        """
        if not self.types:
            return "empty"
        if len(self.types) == 1:
            return next(iter(self.types))
        return next((including for types, including in INCLUDING_TYPES if self.types == types), mixed)


class Columns:
    """The columns of a file, in the order of their first occurrence."""

    def __init__(self) -> None:
        self.all: list[Column] = []
        self._bytes = 0

    def add(self, name: str) -> Column:
        """Add a column and return it.

        Raises:
            ContentError: There are too many columns, or their names are too long.
        """
        self._bytes += len(name.encode())
        if self._bytes > MAX_NAMES_BYTES:
            raise ContentError(f"The names of the columns have more than {MAX_NAMES_BYTES:,} bytes in all.")
        if len(self.all) == MAX_COLUMNS:
            raise ContentError(f"There are more than {MAX_COLUMNS:,} columns.")
        self.all.append(Column(name))
        return self.all[-1]

    def described(self, mixed: str) -> list[dict[str, str]]:
        """Return `name` and `type` of each column; `mixed` is the type of columns with mixed types."""
        return [{"name": column.name, "type": column.type(mixed)} for column in self.all]


def type_of_text(text: str) -> str:
    """Return the type of a value: `integer`, `number`, `boolean`, `date` (ISO 8601, optional time) or `text`.

    Digits with leading zeros are text: they are postal codes, telephone numbers and the like.
    """
    match = VALUE.fullmatch(text)
    value_type = match and match.lastgroup
    if not value_type or (value_type == "date" and not _exists(text)):
        return "text"
    return value_type


def _exists(date: str) -> bool:
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return False
    return True
