"""Tables in Markdown, and generated parts of documents, which stand between two marks."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path


class MarkError(Exception):
    """A document does not have exactly one pair of marks; the message names it."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; the cells are Markdown, in which `|` is escaped."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def replace_marked(document: Path, name: str, content: str) -> str:
    """Return the text of a document with other content between `<!-- name -->` and `<!-- /name -->`.

    Raises:
        MarkError: The document is no text in UTF-8, or does not have exactly one such place.
        OSError: The document cannot be read.
    """
    try:
        text = document.read_text("utf-8")
    except UnicodeDecodeError:
        raise MarkError(f"{document} is no text in UTF-8") from None
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    pattern = re.compile(rf"({re.escape(start)}\n).*?({re.escape(end)})", re.DOTALL)
    replaced, places = pattern.subn(lambda match: f"{match[1]}{content}\n{match[2]}", text)
    if places != 1:
        raise MarkError(f"{document} has {places} places from {start} to {end}: give it one")
    return replaced
