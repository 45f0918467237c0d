"""Writes the tables of `docs/security.md`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from documents.markdown import replace_marked, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def write_table(name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Replace the table between the marks with this name.

    Raises:
        MarkError: The document does not contain the marks.
    """
    DOCUMENT.write_text(replace_marked(DOCUMENT, name, table(titles, rows)), "utf-8")
