"""Every requirement that the project cites is in the legend, `docs/requirements.md`."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project_files import ROOT, project_files

LEGEND = ROOT / "docs" / "requirements.md"
CITING_FILES = ("*.py", "*.cjs", "*.md", "*.toml", "*.yml", "Makefile", "Pipfile", "*.env", ".ci/run")
LINTER_SETTINGS = "pyproject.toml"
"""Not read: the codes of ruff's rules have the same form."""

CODE = r"[PTRUQFBAL][1-9][0-9]?"
# Not in a word, a percent-encoded character (%F0), an escape, a name in a PDF (/F1) or a replacement field.
CITATION = re.compile(rf"(?<![\w%/\\.{{-]){CODE}(?![\w%{{-])")


def _legend() -> list[str]:
    return re.findall(rf"^\| ({CODE}) \|", LEGEND.read_text(), re.MULTILINE)


def _unknown_citations(path: Path, known: set[str]) -> Iterator[str]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for code in CITATION.findall(line):
            if code not in known:
                yield f"{path}:{number}: {code} is not in docs/requirements.md"


def test_legend_lists_each_code_once_and_in_order() -> None:
    codes = _legend()
    assert codes == list(dict.fromkeys(codes))
    for letter in "PTRUQFBAL":
        numbers = [int(code[1:]) for code in codes if code[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1)), letter


def test_cited_requirements_are_in_the_legend() -> None:
    known = set(_legend())
    paths = [path for path in project_files(*CITING_FILES) if path.name != LINTER_SETTINGS]
    unknown = [line for path in paths for line in _unknown_citations(path, known)]
    assert len(paths) > 100
    assert unknown == [], "\n".join(unknown)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("see (P11, T4) and `F6`", ["P11", "T4", "F6"]),
        ("U1 to U7: uploads", ["U1", "U7"]),
        ('source = "P8, https://docs.aws.amazon.com/T9/R1.html"', ["P8"]),
        ("caf%C3%A9%F0%9F, S3.17, /F1 12 Tf, PLR2004, UTF-8, A4-size, T0", []),
    ],
)
def test_citations_are_told_from_other_codes(text: str, codes: list[str]) -> None:
    assert CITATION.findall(text) == codes


def test_unknown_citation_is_named_with_file_and_line(tmp_path: Path) -> None:
    unknown, path = f"T{99}", tmp_path / "module.py"
    path.write_text(f'"""Tasks (T4)."""\n# as {unknown} requires\n')
    assert list(_unknown_citations(path, {"T4"})) == [f"{path}:2: {unknown} is not in docs/requirements.md"]
