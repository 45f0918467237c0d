from pathlib import Path

import pytest

from assurance.proof.document import replace_table


def test_table_replaces_the_text_between_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter <!-- y -->\n<!-- /y -->\n")
    replace_table(path, "x", ("a", "b"), [("1", r"2 | \1")])
    assert path.read_text() == (
        "before\n<!-- x -->\n| a | b |\n| --- | --- |\n| 1 | 2 \\| \\1 |\n<!-- /x -->\n"
        "after <!-- y -->\n<!-- /y -->\n"
    )
    first_result = path.read_text()
    replace_table(path, "x", ("a", "b"), [("1", r"2 | \1")])
    assert path.read_text() == first_result


def test_document_without_markers_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("<!-- x -->")
    with pytest.raises(ValueError, match="0 times; once is required"):
        replace_table(tmp_path / "a.md", "x", ("a",), [])
