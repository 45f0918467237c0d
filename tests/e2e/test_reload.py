"""`make watch` and `make logs` on what `make up` has loaded."""

import json
import shutil
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.loaded_stack import LoadedStack
from infra import packaging
from sandbox import lifecycle
from sandbox.__main__ import app
from sandbox.development.reload import reload
from tests.processes import python_process
from tests.waiting import BOUND_SECONDS, eventually

pytestmark = pytest.mark.usefixtures("attached_servers")


@pytest.fixture
def handlers(stack: LoadedStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a copy of the handlers to change. Afterwards the functions run the original ones again."""
    shutil.copytree(packaging.ROOT / "handlers", tmp_path / "project/handlers")
    with monkeypatch.context() as patched:
        patched.setattr(packaging, "ROOT", tmp_path / "project")
        yield tmp_path / "project/handlers"
    reload(stack.client("lambda"), tmp_path / "code")


def entry_points(stack: LoadedStack) -> dict[str, set[str]]:
    """Return the entry points of the functions, by workload."""
    modules = defaultdict(set)
    for function in stack.client("lambda").list_functions()["Functions"]:
        if function["Handler"].startswith("handlers."):  # not a function of another test
            _, workload, module, _ = function["Handler"].split(".")
            modules[workload].add(module)
    return modules


def test_synthesized_code_needs_no_reload(stack: LoadedStack, tmp_path: Path) -> None:
    assert len(entry_points(stack)) == 5
    result = reload(stack.client("lambda"), tmp_path)
    assert (result.updated, result.errors) == ({}, ())


def test_change_of_common_code_updates_every_function(
    stack: LoadedStack, handlers: Path, tmp_path: Path
) -> None:
    source = handlers / "common/times.py"
    source.write_text(f"{source.read_text()}# changed\n")
    result = reload(stack.client("lambda"), tmp_path)
    assert {workload: set(names) for workload, names in result.updated.items()} == entry_points(stack)


def test_change_of_a_workload_updates_its_functions(
    stack: LoadedStack, handlers: Path, tmp_path: Path
) -> None:
    source = handlers / "tasks/get.py"
    source.write_text(
        f"{source.read_text()}\ndef handler(event, context):\n    return {{'statusCode': 418}}\n"
    )
    result = reload(stack.client("lambda"), tmp_path)
    assert {workload: set(names) for workload, names in result.updated.items()} == {
        "tasks": {"delete", "get", "post", "put"}
    }
    assert stack.with_key("GET", "/tasks").status_code == 418
    assert stack.with_key("POST", "/tasks", json={}).status_code == 400


@pytest.mark.parametrize("command", ["watch", "logs"])
def test_watch_and_logs_fail_when_nothing_runs(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [command, "--directory", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "the embedded AWS does not run: `make up` starts it\n"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Return the directory of an embedded AWS that runs a stack of one topic."""
    content = {
        "provider": {"aws": [{"region": "us-east-1"}]},
        "resource": {"aws_sns_topic": {"t": {"name": "t"}}},
    }
    (tmp_path / "stack").mkdir()
    (tmp_path / "stack/cdk.tf.json").write_text(json.dumps(content))
    up = CliRunner().invoke(app, ["up", str(tmp_path / "stack"), "--directory", str(tmp_path / "aws")])
    assert up.exit_code == 0, up.output
    yield tmp_path / "aws"
    lifecycle.down(tmp_path / "aws")


def follow(command: str, directory: Path) -> "AbstractContextManager[subprocess.Popen[str]]":
    """Start `watch` or `logs`."""
    return python_process("-u", "-m", "sandbox", command, "--directory", str(directory))


def test_ctrl_c_and_the_end_of_the_server_end_watch_and_logs(directory: Path) -> None:
    running = lifecycle.find(directory)
    assert running
    logs = running.server.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/f")
    logs.create_log_stream(logGroupName="/aws/lambda/f", logStreamName="s")
    now = round(Path(directory / "loaded.json").stat().st_mtime * 1000)
    logs.put_log_events(
        logGroupName="/aws/lambda/f", logStreamName="s", logEvents=[{"timestamp": now, "message": "hello"}]
    )
    first_lines = {"watch": "Functions run saved files under handlers/ ", "logs": ""}
    for command, first_line in first_lines.items():
        with follow(command, directory) as process:
            assert process.stdout
            assert first_line in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=BOUND_SECONDS) == ("", "")
            assert process.returncode == 0

    with follow("watch", directory) as watch_process, follow("logs", directory) as logs_process:
        for process in (watch_process, logs_process):
            assert process.stdout
            process.stdout.readline()
        lifecycle.down(directory)
        for process in (watch_process, logs_process):
            _, error = process.communicate(timeout=BOUND_SECONDS)
            assert (process.returncode, error.count("\n")) == (1, 1)
            assert "`make up` starts it" in error
    eventually(lambda: not lifecycle.find(directory))
