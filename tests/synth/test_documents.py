"""The committed documents are those that the code generates."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from documents.__main__ import app
from documents.generate import ROOT, generate
from synthesized.stack import Stack
from tests.template import Template

FILES = ("docs/openapi.json", "docs/architecture.svg", ".env.example")
MARKED = ("docs/architecture.md", "docs/settings.md", "docs/outputs.md")


@pytest.mark.parametrize("file", [*FILES, *MARKED])
def test_the_committed_file_is_up_to_date(file: str, stack: Template) -> None:
    assert (ROOT / file).read_text() == generate(stack)[ROOT / file], "run `make documents`"


def test_no_other_file_is_generated(stack: Template) -> None:
    assert set(generate(stack)) == {ROOT / file for file in (*FILES, *MARKED)}


def copy_of_documents(directory: Path, stack: Template) -> Path:
    """Copy the documents with marks, with outdated content between them, and return the stack's file."""
    (directory / "docs").mkdir()
    for file in MARKED:
        text = (ROOT / file).read_text()
        name = Path(file).stem
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        after = rest.partition(f"<!-- /{name} -->")[2]
        outdated = f"{before}<!-- {name} -->\noutdated\n<!-- /{name} -->{after}"
        (directory / file).write_text(outdated)
    source = directory / "cdk.tf.json"
    source.write_text(json.dumps(stack.document))
    return source


def test_the_command_writes_every_file(stack: Template, tmp_path: Path) -> None:
    source = copy_of_documents(tmp_path, stack)
    result = CliRunner().invoke(app, [str(source), "--directory", str(tmp_path)])
    assert (result.exit_code, result.output) == (0, "")
    for file in (*FILES, *MARKED):
        assert (tmp_path / file).read_text() == (ROOT / file).read_text(), file


def test_a_document_without_marks_changes_no_file(stack: Template, tmp_path: Path) -> None:
    source = copy_of_documents(tmp_path, stack)
    (tmp_path / "docs/outputs.md").write_text("nothing")
    result = CliRunner().invoke(app, [str(source), "--directory", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"cannot write documents: {tmp_path}/docs/outputs.md has 0 places from <!-- outputs --> to"
        " <!-- /outputs -->: give it one\n"
    )
    assert "outdated" in (tmp_path / "docs/settings.md").read_text()
    assert not (tmp_path / "docs/openapi.json").exists()


def test_two_apis_with_one_path_are_one_line(stack: Template, tmp_path: Path) -> None:
    document = json.loads(json.dumps(stack.document))
    for api in document["resource"]["aws_api_gateway_rest_api"].values():
        api["body"] = api["body"].replace('"/files', '"/tasks')
    source = copy_of_documents(tmp_path, Template(document))
    result = CliRunner().invoke(app, [str(source), "--directory", str(tmp_path)])
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "is a path of two APIs" in result.stderr


def test_the_settings_do_not_depend_on_the_environment(
    stack: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A6: neither variables nor `.env` show in the documents."""
    expected = generate(stack)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROJECT", "other")
    monkeypatch.setenv("TASKS_AUTH", "wrong")
    (tmp_path / ".env").write_text("OWNER=nobody\n")
    assert generate(Stack(stack.document)) == expected
