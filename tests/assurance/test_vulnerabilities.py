"""`python -m assurance.vulnerabilities`, with a fake of pip-audit: OSV cannot be reached everywhere."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.vulnerabilities import __main__ as command
from scripts.lock import PIPENV_LOCK, PROJECTS

VULNERABLE = "virtualenv=="


@pytest.fixture
def pip_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the log of a pip-audit that finds a vulnerability in one package of one lock."""
    program, log = tmp_path / "pip-audit", tmp_path / "log"
    program.write_text(
        f"""#!/bin/sh
for last; do :; done
echo "$*" | cat - "$last" >> {log}
! grep -q {VULNERABLE} "$last"
"""
    )
    program.chmod(0o755)
    monkeypatch.setattr(command, "PIP_AUDIT", program)
    return log


def test_every_lock_is_scanned_and_one_vulnerability_fails(pip_audit: Path) -> None:
    result = CliRunner().invoke(command.app)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == len(PROJECTS) + 1
    log = pip_audit.read_text()
    assert log.count("--strict") == len(PROJECTS) + 1
    assert {"pypdf==", "checkov==", "pip-audit==", VULNERABLE} <= {
        f"{line.split('==')[0]}==" for line in log.splitlines()
    }


def test_no_vulnerability_passes(pip_audit: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "PIPENV_LOCK", tmp_path / "pipenv.txt")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "PROJECTS", ())
    (tmp_path / "pipenv.txt").write_text(PIPENV_LOCK.read_text().replace("virtualenv==", "other=="))
    assert CliRunner().invoke(command.app).exit_code == 0
    assert "pipenv==" in pip_audit.read_text()
