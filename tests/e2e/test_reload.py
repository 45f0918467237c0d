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
    """The handlers, to be changed; afterwards the functions run the real ones again."""
    shutil.copytree(packaging.ROOT / "handlers", tmp_path / "project/handlers")
    with monkeypatch.context() as patched:
        patched.setattr(packaging, "ROOT", tmp_path / "project")
        yield tmp_path / "project/handlers"
    reload(stack.client("lambda"), tmp_path / "code")


def entries(stack: LoadedStack) -> dict[str, set[str]]:
    """The entry points that run, by workload."""
    found = defaultdict(set)
    for function in stack.client("lambda").list_functions()["Functions"]:
        if function["Handler"].startswith("handlers."):  # other tests have functions of their own
            _, workload, module, _ = function["Handler"].split(".")
            found[workload].add(module)
    return found


def test_what_synth_has_packed_is_what_would_be_reloaded(stack: LoadedStack, tmp_path: Path) -> None:
    assert len(entries(stack)) == 5
    done = reload(stack.client("lambda"), tmp_path)
    assert (done.updated, done.refused) == ({}, ())


def test_common_code_reaches_every_function(stack: LoadedStack, handlers: Path, tmp_path: Path) -> None:
    source = handlers / "common/times.py"
    source.write_text(f"{source.read_text()}# changed\n")
    done = reload(stack.client("lambda"), tmp_path)
    assert {workload: set(modules) for workload, modules in done.updated.items()} == entries(stack)


def test_code_of_a_workload_reaches_its_functions(stack: LoadedStack, handlers: Path, tmp_path: Path) -> None:
    source = handlers / "tasks/get.py"
    source.write_text(
        f"{source.read_text()}\ndef handler(event, context):\n    return {{'statusCode': 418}}\n"
    )
    done = reload(stack.client("lambda"), tmp_path)
    assert {workload: set(modules) for workload, modules in done.updated.items()} == {
        "tasks": {"delete", "get", "post", "put"}
    }
    assert stack.with_key("GET", "/tasks").status_code == 418
    assert stack.with_key("POST", "/tasks", json={}).status_code == 400


@pytest.mark.parametrize("command", ["watch", "logs"])
def test_where_nothing_runs_there_is_nothing_to_follow(command: str, tmp_path: Path) -> None:
    asked = CliRunner().invoke(app, [command, "--directory", str(tmp_path)])
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr == "the embedded AWS does not run: `make up` starts it\n"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Where a stack of one topic runs."""
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


def test_ctrl_c_ends_them_and_so_does_the_end_of_the_server(directory: Path) -> None:
    running = lifecycle.find(directory)
    assert running
    logs = running.server.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/f")
    logs.create_log_stream(logGroupName="/aws/lambda/f", logStreamName="s")
    now = round(Path(directory / "loaded.json").stat().st_mtime * 1000)
    logs.put_log_events(
        logGroupName="/aws/lambda/f", logStreamName="s", logEvents=[{"timestamp": now, "message": "hello"}]
    )
    first = {"watch": "What is saved under handlers/ ", "logs": ""}
    for command, head in first.items():
        with follow(command, directory) as process:
            assert process.stdout
            assert head in process.stdout.readline()
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
