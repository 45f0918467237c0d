"""Times, and times as text."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime | None = None) -> str:
    """Return a moment, by default now: RFC 3339, UTC, milliseconds.

    Args:
        moment: With its time zone.
    """
    moment = (moment or now()).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
