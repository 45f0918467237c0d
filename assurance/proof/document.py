"""Tables that commands write into documents, between ``<!-- name -->`` and ``<!-- /name -->``."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def rewrite(path: Path, name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Replace what stands between the marks by a table.

    Raises:
        ValueError: the document has no such marks.
    """
    lines = [titles, ["---"] * len(titles), *rows]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text, found = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}",
        lambda _: f"{begin}\n{table}\n{end}",
        path.read_text(),
        flags=re.DOTALL,
    )
    if found != 1:
        raise ValueError(f"{path} has {found} places for {name}")
    path.write_text(text)
