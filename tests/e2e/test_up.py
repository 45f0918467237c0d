"""`make up` on the whole stack, and the commands that need it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner, Result

from assurance.settings import settings_from
from infra.stack import synthesize
from operations.preflight.__main__ import app as preflight_app
from sandbox import lifecycle, tour
from sandbox.__main__ import app
from sandbox.lifecycle import Engine
from tests.waiting import BOUND_SECONDS

pytestmark = pytest.mark.usefixtures("attached_servers")


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "aws"
    lifecycle.down(tmp_path / "aws")


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return synthesize(settings_from(), tmp_path / "out")


def test_up_sends_requests_and_prints_commands_that_work(
    stack: Path, directory: Path, engine: Engine
) -> None:
    up = _run("up", stack, "--directory", directory, "--engine", engine)
    assert up.exit_code == 0, up.output
    statuses = re.findall(r"^ +(\d{3}|ok|seen|denied) +\d+ ms", up.output, re.MULTILINE)
    assert set(statuses) >= {"200", "201", "204", "400", "403", "404", "405", "412", "503"}
    assert set(statuses) >= {"ok", "seen", "denied"}
    assert "Not verified locally" in up.output
    running = lifecycle.find(directory)
    assert running
    printed = set(up.output.split())
    assert printed >= set(running.outputs.values())  # unbroken, to be copied

    key = _run("key", "--directory", directory).output.strip()
    (url,) = re.findall(r"curl .* (https://\S+/tasks)$", up.output, re.MULTILINE)
    session = requests.Session()
    session.trust_env = False
    response = session.get(
        url, headers={"x-api-key": key}, verify=str(directory / "ca.pem"), timeout=BOUND_SECONDS
    )
    assert (response.status_code, len(response.json()["items"])) == (200, 2)
    session.close()
    assert key not in up.output

    exported = dict(
        line.removeprefix("export ").split("=", 1)
        for line in _run("env", "--directory", directory).output.splitlines()
    )
    assert exported["AWS_ENDPOINT_URL"] in url
    assert exported["AWS_CA_BUNDLE"] == str(directory / "ca.pem")

    preflight = CliRunner().invoke(
        preflight_app, [str(stack)], env=running.server.environment(running.region)
    )
    assert (preflight.exit_code, preflight.stderr) == (0, ""), preflight.output
    assert "the stack's own" in preflight.output


def test_tour_fails_when_a_status_is_unexpected(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = synthesize(settings_from(WORKLOADS="tasks"), tmp_path / "out")
    monkeypatch.setattr(tour.tasks, "PAGE", 0)
    up = _run("up", stack, "--directory", directory)
    assert up.exit_code == 1
    assert "GET /tasks?limit=0 returned 400, expected 200: {" in up.output.replace("\n", "")
    assert "`make down` stops it" in up.output
    assert lifecycle.find(directory)


@pytest.mark.parametrize("command", ["key", "env"])
def test_commands_fail_when_nothing_runs(directory: Path, command: str) -> None:
    result = _run(command, "--directory", directory)
    assert result.exit_code == 1
    assert "`make up` starts" in result.output
