"""Writes generated tables into Markdown documents, between `<!-- name -->` and `<!-- /name -->`."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def replace_table(path: Path, name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Replace the text between a document's markers by a table.

    Args:
        path: The document.
        name: Name of the markers.
        titles: Titles of the columns.
        rows: Cells of the rows; `|` is escaped.

    Raises:
        ValueError: The document does not contain the pair of markers exactly once.
    """
    lines = [titles, ["---"] * len(titles), *rows]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text, count = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}",
        lambda _: f"{begin}\n{table}\n{end}",
        path.read_text(),
        flags=re.DOTALL,
    )
    if count != 1:
        raise ValueError(f"{path} contains {begin} and {end} {count} times; once is required")
    path.write_text(text)
