import zipfile
from pathlib import Path

import pytest

from sandbox.development import reload


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"x = 1\n", None),
        (b"", None),
        (b"x = 1\ndef f(\n", "handlers/tasks/get.py:2: '(' was never closed"),
        (b"a\0b", "handlers/tasks/get.py"),
        (b"# coding: nonsense\n", "handlers/tasks/get.py:1: unknown encoding"),
        (b"x = '\xff'\n", "handlers/tasks/get.py:1: (unicode error)"),
    ],
)
def test_syntax_error_is_located(tmp_path: Path, source: bytes, message: str | None) -> None:
    archive = tmp_path / "code.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("handlers/tasks/a.py", b"y = 2\n")
        zipped.writestr("handlers/tasks/get.py", source)
    error = reload._syntax_error(archive)
    assert (error or "").startswith(message) if message else error is None
