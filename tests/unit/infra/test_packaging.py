import base64
import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest

from infra import packaging
from infra.packaging import PackagingError, handlers_zip, layer_zip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one workload in a temporary directory."""
    for name in ("__init__.py", "common/log.py", "tasks/get.py", "other/x.py"):
        path = tmp_path / "handlers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    monkeypatch.setattr(packaging, "ROOT", tmp_path)
    monkeypatch.setattr(packaging, "BUILD", tmp_path / "build")
    return tmp_path


def test_an_archive_contains_the_code_of_its_workload_and_the_common_code(project: Path) -> None:
    (project / "handlers/tasks/__pycache__").mkdir()
    (project / "handlers/tasks/__pycache__/get.pyc").write_bytes(b"")
    with zipfile.ZipFile(handlers_zip("tasks").path) as archive:
        assert archive.namelist() == [
            "handlers/__init__.py",
            "handlers/common/log.py",
            "handlers/tasks/get.py",
        ]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())


def test_archives_of_the_same_sources_are_identical_with_other_times_and_modes(project: Path) -> None:
    first = handlers_zip("tasks")
    data = first.path.read_bytes()
    source = project / "handlers/tasks/get.py"
    source.chmod(0o755)
    os.utime(source, (0, 0))
    assert handlers_zip("tasks").path.read_bytes() == data
    assert first.sha256 == base64.b64encode(hashlib.sha256(data).digest()).decode()
    source.write_text("changed = True\n")
    assert handlers_zip("tasks").sha256 != first.sha256


@pytest.mark.usefixtures("project")
def test_a_workload_without_handlers_is_rejected() -> None:
    with pytest.raises(PackagingError, match="The workload 'nothing' has no handlers"):
        handlers_zip("nothing")


TWINS = {
    "charset_normalizer/cd": ["charset_normalizer/cd.py"],
    "charset_normalizer/md": ["charset_normalizer/md.py"],
    "ijson/backends/_yajl2": ["ijson/backends/python.py"],
}
"""Modules that are compiled for the functions' platform, and their replacements on other platforms."""


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_layer_runs_on_any_interpreter(
    architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded AWS runs it with Python of this machine (docs/decisions/0003-pure-python-layer.md)."""
    monkeypatch.setattr(packaging, "BUILD", tmp_path)
    layer = layer_zip(python_version="3.14", architecture=architecture)
    assert layer_zip(python_version="3.14", architecture=architecture) == layer
    with zipfile.ZipFile(layer.path) as archive:
        names = archive.namelist()
    assert all(name.startswith("python/") for name in names)
    assert {"python/aws_lambda_powertools/__init__.py", "python/jmespath/__init__.py"} <= set(names)
    compiled = {name.partition(".cpython")[0] for name in names if name.endswith((".so", ".pyd", ".pyc"))}
    assert compiled == {f"python/{name}" for name in TWINS}
    assert {f"python/{name}" for twins in TWINS.values() for name in twins} <= set(names)
    assert not [name for name in names if name.startswith("python/boto")]


def test_a_failed_download_of_the_layer_is_reported_in_one_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = {"jmespath": {"version": "==1.1.0", "hashes": ["sha256:" + "0" * 64]}}
    (project / "Pipfile.lock").write_text(json.dumps({"layer": wheel}))
    with pytest.raises(PackagingError) as error:
        layer_zip(python_version="3.14", architecture="arm64")
    assert str(error.value).startswith("pip cannot download the layer's wheels: ")
    assert len(str(error.value).splitlines()) == 1
    assert "Downloading the wheels" in capsys.readouterr().err
    assert not list((project / "build").glob("layer-*.zip"))
