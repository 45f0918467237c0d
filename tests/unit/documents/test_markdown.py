from pathlib import Path

import pytest

from documents.markdown import MarkError, replace_marked, table

MARKED = "before\n<!-- part -->\nold\n<!-- /part -->\nafter\n"


def test_a_table_escapes_the_separator_of_cells() -> None:
    assert table(("a", "b"), [("1", "x|y")]) == "| a | b |\n| --- | --- |\n| 1 | x\\|y |"


def test_text_around_the_marks_is_unchanged(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(MARKED)
    expected = "before\n<!-- part -->\nnew \\1\n<!-- /part -->\nafter\n"
    assert replace_marked(document, "part", r"new \1") == expected
    assert document.read_text() == MARKED


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nothing", "has 0 places from <!-- part --> to <!-- /part -->: give it one"),
        (MARKED.encode() * 2, "has 2 places"),
        (b"\xff", "is no text in UTF-8"),
    ],
)
def test_a_document_without_one_pair_of_marks_is_rejected(
    content: bytes, message: str, tmp_path: Path
) -> None:
    document = tmp_path / "a.md"
    document.write_bytes(content)
    with pytest.raises(MarkError, match=f"a.md {message}"):
        replace_marked(document, "part", "new")


def test_a_missing_document_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_marked(tmp_path / "none.md", "part", "new")
