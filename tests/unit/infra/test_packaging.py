import base64
import hashlib
import importlib.util
import json
import os
import zipfile
from importlib.machinery import ExtensionFileLoader
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


COMPILED = ["charset_normalizer.cd", "charset_normalizer.md", "ijson.backends._yajl2"]


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_compiled_modules_of_the_layer_are_installed_for_this_machine(
    architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded AWS adds them to the layer (docs/decisions/0017-same-code-as-lambda.md)."""
    monkeypatch.setattr(packaging, "BUILD", tmp_path)
    layer = layer_zip(python_version="3.14", architecture=architecture)
    assert layer_zip(python_version="3.14", architecture=architecture) == layer
    with zipfile.ZipFile(layer.path) as archive:
        names = archive.namelist()
    assert all(name.startswith("python/") for name in names)
    assert {"python/aws_lambda_powertools/__init__.py", "python/jmespath/__init__.py"} <= set(names)
    compiled = [
        name.removeprefix("python/").split(".cpython-314-")[0] for name in names if ".cpython-" in name
    ]
    assert compiled == ["charset_normalizer/cd", "charset_normalizer/md", "ijson/backends/_yajl2"]
    for module in compiled:
        spec = importlib.util.find_spec(module.replace("/", "."))
        assert spec
        assert isinstance(spec.loader, ExtensionFileLoader)
    assert not [name for name in names if name.startswith("python/boto")]


def test_packages_of_the_layer_have_the_same_versions_in_the_environment() -> None:
    lock = json.loads((packaging.ROOT / "Pipfile.lock").read_text())
    versions = {name: package["version"] for name, package in lock["layer"].items()}
    assert versions == {name: lock["default"][name]["version"] for name in versions}


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
