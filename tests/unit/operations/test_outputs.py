import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operations.outputs import app


def test_outputs_become_one_flat_file(tmp_path: Path) -> None:
    terraform = {"vpc-id": {"value": "vpc-1", "type": "string", "sensitive": False}, "a": {"value": ["b"]}}
    file = tmp_path / "outputs.json"
    result = CliRunner().invoke(app, [str(file)], input=json.dumps(terraform))
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(file.read_text()) == {"vpc-id": "vpc-1", "a": ["b"]}


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {}}', "{", "[" * 100_000])
def test_other_input_is_rejected_in_one_line(text: str, tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    result = CliRunner().invoke(app, [str(file)], input=text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("cannot write outputs: pipe `terraform output -json` ")
    assert result.stderr.count("\n") == 1
    assert not file.exists()


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path)], input="{}")
    assert (result.exit_code, result.stderr) == (1, f"cannot write outputs: {tmp_path}: Is a directory\n")
