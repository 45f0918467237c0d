"""What comes of reading a file, whatever its format."""

from dataclasses import dataclass
from typing import TypeAlias

EXCERPT_CHARACTERS = 4_000  # what a summary is made of: about a thousand tokens
MESSAGE_CHARACTERS = 200

Result: TypeAlias = dict[str, str | int | bool | list[dict[str, str]] | None]


@dataclass(frozen=True)
class ReadResult:
    """A file that was read.

    Attributes:
        result: What was found, by name; the readers say what of.
        excerpt: How its text begins, to `EXCERPT_CHARACTERS`; "" where it has none.
    """

    result: Result
    excerpt: str = ""


class ContentError(Exception):
    """A file whose content cannot be processed, now or ever.

    The message is for the client: plain, and of `MESSAGE_CHARACTERS` at most.
    """
