from pathlib import Path

import pytest

from assurance.proof.document import rewrite


def test_a_table_stands_between_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter <!-- y -->\n<!-- /y -->\n")
    rewrite(path, "x", ("a", "b"), [("1", r"2 | \1")])
    assert path.read_text() == (
        "before\n<!-- x -->\n| a | b |\n| --- | --- |\n| 1 | 2 \\| \\1 |\n<!-- /x -->\n"
        "after <!-- y -->\n<!-- /y -->\n"
    )
    once = path.read_text()
    rewrite(path, "x", ("a", "b"), [("1", r"2 | \1")])
    assert path.read_text() == once


def test_a_document_without_marks_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("<!-- x -->")
    with pytest.raises(ValueError, match="0 places for x"):
        rewrite(tmp_path / "a.md", "x", ("a",), [])
