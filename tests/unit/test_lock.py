import json
import re
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from scripts import lock
from scripts.lock import PIPENV_LOCK, PROJECTS, LockError, Project, main, remove_index, solve

LOCKED = {
    "_meta": {"hash": {"sha256": "1"}, "sources": [{"name": "pypi", "url": "https://pypi.org/simple"}]},
    "default": {"rich": {"index": "pypi", "version": "==1.0"}, "typer": {"version": "==2.0"}},
}


REPORT = {
    "install": [
        {
            "metadata": {"name": name, "version": "1.0"},
            "download_info": {
                "url": f"https://pypi.org/{name}.whl",
                "archive_info": {"hashes": {"sha256": "0" * 64}},
            },
        }
        for name in ("pipenv", "certifi")
    ]
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in a repository of its own, whose pipenv is a script that the test writes."""
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "PIPENV", tmp_path / "pipenv")
    monkeypatch.setattr(lock, "PIPENV_LOCK", tmp_path / "pipenv.txt")
    _write_program(tmp_path / "pip", f"cat <<'END'\n{json.dumps(REPORT)}\nEND")
    monkeypatch.setattr(lock, "PROJECTS", (Project("tool", "environment", ("--dev",)),))
    python = tmp_path / "environment/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "tool").mkdir()
    return lock.PROJECTS[0]


def _write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _install_pipenv(script: str) -> None:
    _write_program(lock.PIPENV, script)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.directory)
def test_lock_names_no_package_index(project: Project) -> None:
    content = json.loads(project.lock.read_text())
    indexed = [
        name
        for category in content.keys() - {"_meta"}
        for name, package in content[category].items()
        if "index" in package
    ]
    assert content["_meta"]["sources"] == [], f"run make lock: {project.lock} names a package index"
    assert indexed == [], f"run make lock: {project.lock} names an index for these packages"


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.directory)
def test_dependabot_updates_every_lock(project: Project) -> None:
    configuration = (lock.ROOT / ".github/dependabot.yml").read_text()
    assert f'"/{project.directory.removeprefix(".")}"' in configuration
    assert f'"/{PIPENV_LOCK.parent.relative_to(lock.ROOT)}"' in configuration


def test_pipenv_and_all_that_it_requires_are_installed_by_hash() -> None:
    lines = [line for line in PIPENV_LOCK.read_text().splitlines() if not line.startswith("#")]
    assert any(line.startswith("pipenv==") for line in lines)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    makefile = (lock.ROOT / "Makefile").read_text()
    assert "PIP_ONLY_BINARY=:all: .build/pipenv/bin/pipenv" in makefile
    installations = re.findall(r"bin/pip install .*", makefile)
    assert len(installations) == 1
    assert "--only-binary=:all: --require-hashes --requirement scripts/pipenv.txt" in installations[0]


@pytest.mark.usefixtures("project")
def test_lock_of_pipenv_has_hashes_and_names_no_index(tmp_path: Path) -> None:
    (tmp_path / "tool/Pipfile.lock").write_text(json.dumps(LOCKED))
    _install_pipenv("exit 0")
    assert main() == 0
    assert lock.PIPENV_LOCK.read_text().splitlines()[1:] == [
        f"certifi==1.0 --hash=sha256:{'0' * 64}",
        f"pipenv==1.0 --hash=sha256:{'0' * 64}",
    ]


@pytest.mark.usefixtures("project")
def test_failure_of_pip_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tool/Pipfile.lock").write_text(json.dumps(LOCKED))
    _install_pipenv("exit 0")
    _write_program(tmp_path / "pip", "exit 2")
    assert main() == 1
    assert capsys.readouterr().err == "pip found no solution for pipenv, with exit code 2\n"


def test_index_is_removed_from_file_and_packages(tmp_path: Path) -> None:
    path = tmp_path / "Pipfile.lock"
    path.write_text(json.dumps(LOCKED))
    remove_index(path)
    assert json.loads(path.read_text()) == {
        "_meta": {"hash": {"sha256": "1"}, "sources": []},
        "default": {"rich": {"version": "==1.0"}, "typer": {"version": "==2.0"}},
    }


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"_meta": {}, "default": ["rich"]}'])
def test_malformed_lock_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "Pipfile.lock"
    path.write_text(text)
    with pytest.raises(LockError, match=r"Pipfile\.lock is not a lock file of pipenv"):
        remove_index(path)
    assert path.read_text() == text


def test_pipenv_locks_the_projects_pipfile_in_its_environment(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPENV_IGNORE_VIRTUALENVS", "1")
    _install_pipenv(f"""printf '%s ' "$@" "$VIRTUAL_ENV" "$PIPENV_PIPFILE" "$PIPENV_IGNORE_VIRTUALENVS" > log
cat > tool/Pipfile.lock <<'END'
{json.dumps(LOCKED)}
END""")
    assert main() == 0
    arguments = (tmp_path / "log").read_text().split()
    assert arguments == ["lock", "--dev", f"{tmp_path}/environment", f"{tmp_path}/tool/Pipfile"]
    assert json.loads(project.lock.read_text())["_meta"]["sources"] == []


def test_missing_environment_is_created(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "environment/bin/python").unlink()
    create = Mock()
    monkeypatch.setattr("venv.create", create)
    _install_pipenv("exit 0")
    solve(project)
    create.assert_called_once_with(tmp_path / "environment", with_pip=True)


@pytest.mark.usefixtures("project")
def test_failure_of_pipenv_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _install_pipenv("exit 3")
    assert main() == 1
    assert capsys.readouterr().err == (
        "pipenv lock failed for tool/Pipfile with exit code 3: its output is above\n"
    )


@pytest.mark.usefixtures("project")
def test_missing_pipenv_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 1
    assert capsys.readouterr().err == "pipenv is missing: run make lock, which installs it first\n"


@pytest.mark.usefixtures("project")
def test_missing_lock_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _install_pipenv("exit 0")
    assert main() == 1
    assert capsys.readouterr().err.endswith("Pipfile.lock is missing: pipenv lock did not write it\n")
