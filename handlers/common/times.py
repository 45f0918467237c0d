"""Times, and their text form."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime | None = None) -> str:
    """Return a time as RFC 3339 in UTC with milliseconds.

    Args:
        moment: A time with a time zone; by default, the current time.
    """
    moment = (moment or now()).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
