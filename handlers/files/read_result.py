"""The result of reading a file of any format."""

from dataclasses import dataclass
from typing import TypeAlias

EXCERPT_CHARACTERS = 4_000  # input of a summary: about a thousand tokens
MAX_MESSAGE_CHARACTERS = 200

Properties: TypeAlias = dict[str, str | int | bool | list[dict[str, str]] | None]


@dataclass(frozen=True)
class ReadResult:
    """The result of reading a file.

    Attributes:
        properties: Properties of the file by name; the `read` function of each format documents them.
        excerpt: First `EXCERPT_CHARACTERS` of its text; "" if it has no text.
    """

    properties: Properties
    excerpt: str = ""


class ContentError(Exception):
    """The content of a file can never be processed.

    The message is for the client: plain English, at most `MAX_MESSAGE_CHARACTERS`.
    """
