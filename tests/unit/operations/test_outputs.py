import io
import json
from pathlib import Path

import pytest

from operations import outputs


def test_outputs_become_one_flat_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terraform = {"vpc-id": {"value": "vpc-1", "type": "string", "sensitive": False}, "a": {"value": ["b"]}}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(terraform)))
    assert outputs.main(tmp_path / "outputs.json") == 0
    assert json.loads((tmp_path / "outputs.json").read_text()) == {"vpc-id": "vpc-1", "a": ["b"]}


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{"])
def test_anything_else_is_one_clear_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert outputs.main(tmp_path / "outputs.json") == 1
    assert capsys.readouterr().err.startswith("no outputs: ")
    assert not (tmp_path / "outputs.json").exists()
