"""A task: its fields and their rules, and its conversion to JSON and to a DynamoDB item."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from handlers.common.fields import (
    Field,
    FieldsError,
    matches,
    max_length,
    not_blank,
    one_line,
    one_of,
    validate,
)
from handlers.common.identifiers import NOT_A_UUID, UUID
from handlers.common.items import to_attribute
from handlers.common.problems import HttpError
from handlers.common.times import timestamp

if TYPE_CHECKING:
    from handlers.common.items import Item

STATUSES = ("open", "in_progress", "done")
MAX_TITLE_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 4000
RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:)([0-9]{2})(?:\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})",
    re.IGNORECASE,
)
LEAP_SECOND = "60"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The fields of a task that clients set.

    Attributes:
        title: 1 to 200 characters (code points), not only white space, no control characters.
        description: At most 4,000 characters, no control characters but line feed and tab; "" by default.
        status: One of `STATUSES`; "open" by default.
        due_at: RFC 3339 date and time with an offset, to the nanosecond at most, stored as sent; None by
            default.
    """

    title: str
    description: str
    status: str
    due_at: str | None


@dataclass(frozen=True, kw_only=True)
class Task(Draft):
    """A stored task.

    Attributes:
        id: UUID in its canonical form.
        created_at: RFC 3339, UTC.
        updated_at: RFC 3339, UTC.
        version: 1 for a new task; each change increases it by 1.
    """

    id: str
    created_at: str
    updated_at: str
    version: int

    @property
    def etag(self) -> str:
        """Entity tag of this version: `"3"`, with the quotes."""
        return f'"{self.version}"'

    def document(self) -> dict[str, Any]:
        """Return the task as a JSON document."""
        return {"id": self.id, **asdict(self)}

    def item(self) -> "Item":
        """Return the task as a DynamoDB item."""
        return {name: to_attribute(value) for name, value in asdict(self).items()}

    @classmethod
    def from_item(cls, item: "Item") -> "Task":
        """Read a DynamoDB item; additional attributes are ignored."""
        values: dict[str, Any] = {
            name: item[name].get("S") for name in cls.__dataclass_fields__ if name != "version"
        }
        return cls(**values, version=int(item["version"]["N"]))


def new_task(draft: Draft, identifier: str) -> Task:
    """Return the first version of a task, created now."""
    now = timestamp()
    return Task(id=identifier, created_at=now, updated_at=now, version=1, **asdict(draft))


def parse_draft(body: Mapping[str, Any]) -> Draft:
    """Validate the body of a request that creates a task.

    Raises:
        HttpError: 400 with every invalid, missing and unknown field.
    """
    return Draft(**_load(_DRAFT, body))


def parse_replacement(body: Mapping[str, Any], path_id: str | None) -> tuple[str, Draft]:
    """Validate the body of a request that replaces a task; return the task's id and the draft.

    Args:
        body: The body. If the path has an id, the body's `id` is optional and must be the same.
        path_id: The validated id in the path, or None.

    Raises:
        HttpError: 400 with every invalid, missing and unknown field.
    """
    values = _load(_REPLACEMENT, {"id": path_id, **body} if path_id else body)
    identifier = values.pop("id")
    if path_id not in (None, identifier):
        raise _invalid([("id", "Must be the id in the path.")])
    return identifier, Draft(**values)


def _load(fields: Mapping[str, Field], body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return validate(fields, body)
    except FieldsError as error:
        raise _invalid(error.errors) from None


def _invalid(errors: list[tuple[str, str]]) -> HttpError:
    return HttpError(400, "The task is not valid.", errors=errors)


def _lines_of_text(value: str) -> str | None:
    return one_line(value.translate({ord("\n"): None, ord("\t"): None}))


def _date_time(value: str) -> str | None:
    match = RFC3339.fullmatch(value)
    if match:
        minute, second, offset = match.groups()
        try:
            # Python has no leap second: read the second before it.
            at = datetime.fromisoformat(
                f"{minute}{'59' if second == LEAP_SECOND else second}{offset}".upper()
            )
        except ValueError:
            pass  # the right format, but no such date or time
        else:
            if second != LEAP_SECOND or _ends_a_month(at):
                return None
    return "Must be an RFC 3339 date and time with an offset, and at most nine digits after the second."


def _ends_a_month(at: datetime) -> bool:
    """Whether the second after `at` begins a month in UTC: leap seconds are inserted there only."""
    try:
        following = at.astimezone(UTC) + timedelta(seconds=1)
    except OverflowError:  # before the year 1, or after the year 9999
        return False
    return (following.day, following.hour, following.minute, following.second) == (1, 0, 0, 0)


_DRAFT = {
    "title": Field(rules=(max_length(MAX_TITLE_CHARACTERS), not_blank, one_line), required=True),
    "description": Field(rules=(max_length(MAX_DESCRIPTION_CHARACTERS), _lines_of_text), default=""),
    "status": Field(rules=(one_of(*STATUSES),), default="open"),
    "due_at": Field(rules=(_date_time,)),
}
_REPLACEMENT = {"id": Field(rules=(matches(UUID, NOT_A_UUID),), required=True), **_DRAFT}
