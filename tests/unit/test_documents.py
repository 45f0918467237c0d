"""The Markdown files of the project: width, links, and the paths that they name."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.project_files import ROOT, project_files

WIDTH = 110
DOCUMENTS = tuple(path for path in project_files("*.md") if (ROOT / "tests") not in path.parents)
DIRECTORIES = ("assurance", "commands", "docs", "documents", "handlers", "infra", "operations", "review",
               "sandbox", "scripts", "synthesized", "tests", ".github", ".ci")  # fmt: skip
DOCUMENT_PATH = re.compile(r"\bdocs/[\w./-]+\.(?:md|json|svg)\b")
CITING_FILES = ("*.py", "*.cjs", "*.toml", "*.yml", "*.env", "Makefile", "Pipfile")
PLACEHOLDER = re.compile(r"\b[A-Z]+\.env\b")
PATH = re.compile(rf"(?:{'|'.join(map(re.escape, DIRECTORIES))})/[\w.*/-]*")

on_documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@cache
def _tokens(document: Path) -> tuple[Token, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse(document.read_text()))


def _inline_tokens(document: Path) -> Iterator[tuple[int, Token]]:
    """Yield the tokens within each paragraph, heading and cell, with the line that it begins at."""
    for block in _tokens(document):
        for token in block.children or ():
            yield (block.map or [0])[0] + 1, token


def _prose(document: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines outside code blocks and tables, with their numbers."""
    lines = dict(enumerate(document.read_text().splitlines(), 1))
    for token in _tokens(document):
        if token.type in {"fence", "code_block", "table_open", "html_block"} and token.map:
            for number in range(token.map[0] + 1, token.map[1] + 1):
                lines.pop(number, None)
    yield from lines.items()


@cache
def _anchors(document: Path) -> frozenset[str]:
    """Return the anchors that GitHub gives the headings of a document."""
    tokens = _tokens(document)
    titles = [
        "".join(part.content for part in tokens[index + 1].children or ())
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    anchors: list[str] = []
    for title in titles:
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        repeated = anchors.count(anchor)
        anchors.append(f"{anchor}-{repeated}" if repeated else anchor)
    return frozenset(anchors)


def _broken_links(document: Path) -> Iterator[str]:
    for number, token in _inline_tokens(document):
        target = token.attrGet("href") or token.attrGet("src")
        if not isinstance(target, str) or re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists():
            yield f"{document}:{number}: {target}: there is no such file"
        elif anchor and path.suffix == ".md" and anchor not in _anchors(path):
            yield f"{document}:{number}: {target}: {path.name} has no such heading"


def _unknown_targets(document: Path) -> Iterator[str]:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for number, token in _inline_tokens(document):
        command = re.match(r"(?:\w+=\S+ )*make ([a-z0-9]+)", token.content)
        if token.type == "code_inline" and command and command[1] not in targets:
            yield f"{document}:{number}: the Makefile has no target {command[1]}"


def _missing_paths(document: Path) -> Iterator[str]:
    for number, token in _inline_tokens(document):
        if token.type == "code_inline" and PATH.fullmatch(token.content):
            exists = any(ROOT.glob(token.content.rstrip("/")))
            if not exists and not PLACEHOLDER.search(token.content):
                yield f"{document}:{number}: there is no {token.content}"


@on_documents
def test_prose_is_wrapped(document: Path) -> None:
    long = [
        f"{document}:{number}: {len(line)} characters"
        for number, line in _prose(document)
        if len(re.sub(r"\S*://\S*", "", line)) > WIDTH
    ]
    assert long == [], "\n".join(long)


@on_documents
def test_relative_links_lead_to_files_and_headings(document: Path) -> None:
    broken = list(_broken_links(document))
    assert broken == [], "\n".join(broken)


@on_documents
def test_named_paths_exist(document: Path) -> None:
    missing = list(_missing_paths(document))
    assert missing == [], "\n".join(missing)


@on_documents
def test_named_make_targets_exist(document: Path) -> None:
    unknown = list(_unknown_targets(document))
    assert unknown == [], "\n".join(unknown)


def test_documents_named_in_code_exist() -> None:
    missing = [
        f"{path}:{number}: there is no {name}"
        for path in project_files(*CITING_FILES)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for name in DOCUMENT_PATH.findall(line)
        if not (ROOT / name).exists()
    ]
    assert missing == [], "\n".join(missing)


def test_broken_links_and_paths_are_named_with_file_and_line(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "# A title, `code`\n\n[good](#a-title-code) [bad](#title)\n\n[gone](gone.md) `tests/gone.py` "
        "`A=b make gone`\n"
    )
    assert list(_broken_links(document)) == [
        f"{document}:3: #title: page.md has no such heading",
        f"{document}:5: gone.md: there is no such file",
    ]
    assert list(_missing_paths(document)) == [f"{document}:5: there is no tests/gone.py"]
    assert list(_unknown_targets(document)) == [f"{document}:5: the Makefile has no target gone"]
