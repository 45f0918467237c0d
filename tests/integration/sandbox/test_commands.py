"""`python -m sandbox` on a stack of one topic."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sandbox import lifecycle
from sandbox.__main__ import app
from sandbox.lifecycle import Engine
from sandbox.server import process
from tests.processes import is_alive, python_process
from tests.waiting import BOUND_SECONDS, eventually

pytestmark = pytest.mark.usefixtures("attached_servers")

BACKEND = {"bucket": "state", "key": "k", "region": "us-east-1", "kms_key_id": "alias/state"}
PROVIDER = '"provider": {"aws": [{"region": "us-east-1"}]}'
STATE = {"values": {"outputs": {"topic": {"value": "of a state"}}, "root_module": {}}}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "aws"
    lifecycle.down(tmp_path / "aws")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory for programs, the only one on the PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return write_stack(tmp_path / "stack", "first")


def write_stack(stack: Path, topic: str) -> Path:
    """Write a stack with a topic of this name to the directory `stack`, and return the directory."""
    stack.mkdir(exist_ok=True)
    content = {
        "provider": {"aws": [{"region": "us-east-1"}]},
        "resource": {"aws_sns_topic": {"t": {"name": topic}}, "aws_internet_gateway": {"g": {}}},
        "data": {"aws_region": {"here": {}}},
        "output": {"topic": {"value": "${aws_sns_topic.t.arn}"}},
        "terraform": {"backend": {"s3": BACKEND}},
    }
    (stack / "cdk.tf.json").write_text(json.dumps(content))
    return stack


def run(*arguments: object, directory: Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--directory", str(directory)])


def test_up_status_and_down(stack: Path, directory: Path) -> None:
    first = run("up", stack, directory=directory)
    assert first.exit_code == 0, first.output
    assert "The stack is loaded after " in first.output
    assert "arn:aws:sns:us-east-1:123456789012:first" in first.output
    assert "VPC routing: routes, gateways and endpoints are stored, but carry no traffic" in first.output
    running = lifecycle.find(directory)
    assert running
    assert running.outputs == {"topic": "arn:aws:sns:us-east-1:123456789012:first"}

    again = run("up", stack, directory=directory)
    assert "The stack runs already" in again.output
    assert lifecycle.find(directory) == running

    status = run("status", directory=directory)
    assert status.exit_code == 0
    assert running.server.url in status.output

    assert "is stopped" in run("down", directory=directory).output
    assert "does not run" in run("down", directory=directory).output
    assert run("status", directory=directory).exit_code == 1


@pytest.mark.parametrize("command", ["up", "status"])
def test_command_completes_when_nobody_reads_its_output(stack: Path, directory: Path, command: str) -> None:
    run("up", stack, directory=directory)
    reader, writer = os.pipe()
    os.close(reader)
    arguments = [command, *([str(stack)] if command == "up" else []), "--directory", str(directory)]
    result = subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (0, "")


def test_another_stack_replaces_the_running_one(stack: Path, directory: Path) -> None:
    run("up", stack, directory=directory)
    before = lifecycle.find(directory)
    second = run("up", write_stack(stack, "second"), directory=directory)
    assert "The stack is loaded after " in second.output
    after = lifecycle.find(directory)
    assert before
    assert after
    assert after.server.pid != before.server.pid
    topics = after.server.client("sns").list_topics()["Topics"]
    assert [topic["TopicArn"].rpartition(":")[2] for topic in topics] == ["second"]


def test_another_engine_replaces_the_running_stack(stack: Path, directory: Path, programs: Path) -> None:
    run("up", stack, directory=directory)
    before = lifecycle.find(directory)
    write_terraform(programs, {"terraform_version": "1.11.0", **STATE})
    applied = run("up", stack, "--engine", "terraform", directory=directory)
    assert ", and a second plan is empty." in applied.output
    assert "VPC routing: routes, gateways and endpoints are stored, but carry no traffic" in applied.output
    after = lifecycle.find(directory)
    assert before
    assert after
    assert (before.engine, after.engine) == (Engine.LOADER, Engine.TERRAFORM)
    assert after.server.pid != before.server.pid
    assert after.outputs == {"topic": "of a state"}
    assert "runs already" in run("up", stack, "--engine", "terraform", directory=directory).output

    work = directory / "terraform"
    assert (work / "cdk.tf.json").resolve() == stack / "cdk.tf.json"
    assert (work / "sandbox_override.tf.json").exists()
    assert [path.name for path in stack.iterdir()] == ["cdk.tf.json"]


@pytest.mark.usefixtures("programs")
def test_missing_terraform_leaves_the_running_stack(stack: Path, directory: Path) -> None:
    run("up", stack, directory=directory)
    before = lifecycle.find(directory)
    failed = run("up", stack, "--engine", "terraform", directory=directory)
    assert failed.exit_code == 1
    assert failed.stderr == (
        "neither terraform nor tofu is on the PATH: install one, version 1.11 or newer, or omit ENGINE\n"
    )
    assert lifecycle.find(directory) == before


def test_running_stack_is_kept_when_terraform_cannot_be_initialized(
    stack: Path, directory: Path, programs: Path
) -> None:
    write_terraform(programs, {"terraform_version": "1.11.0", **STATE})
    run("up", stack, "--engine", "terraform", directory=directory)
    before = lifecycle.find(directory)
    assert before
    files = (
        directory / "terraform/.terraform/terraform.tfstate",
        directory / "terraform/sandbox_override.tf.json",
    )
    files[0].parent.mkdir()
    files[0].write_text("the backend of the running server")
    override = files[1].read_text()

    no_provider = {"severity": "error", "summary": "Failed to query available provider packages"}
    output = {"terraform_version": "1.11.0", "type": "diagnostic", "diagnostic": no_provider}
    write_terraform(programs, output, ("init", 1))
    failed = run("up", write_stack(stack, "second"), "--engine", "terraform", directory=directory)
    assert failed.exit_code == 1
    assert failed.stderr == (
        "terraform init failed: Failed to query available provider packages. "
        "Providers come from the registry, or from the source that TF_CLI_CONFIG_FILE configures. "
        f"The complete output is in {directory / 'terraform.log'}\n"
    )
    assert lifecycle.find(directory) == before
    assert before.server.is_healthy()
    # `terraform plan` in the directory still finds the running server.
    assert [file.read_text() for file in files] == ["the backend of the running server", override]


@pytest.mark.parametrize(
    ("engine", "content", "reason"),
    [
        ("loader", "{", "cdk.tf.json: is no JSON, synthesize the stack again"),
        (
            "loader",
            f'{{{PROVIDER}, "resource": {{"aws_no": {{"x": {{}}}}}}}}',
            "aws_no.x: unknown type aws_no",
        ),
        ("terraform", "{", "cdk.tf.json: is no JSON, synthesize the stack again"),
        ("terraform", f"{{{PROVIDER}}}", "terraform.backend: has no s3"),
    ],
)
def test_running_stack_is_kept_when_the_new_one_is_refused(
    directory: Path, programs: Path, engine: str, content: str, reason: str
) -> None:
    write_terraform(programs, {"terraform_version": "1.11.0", **STATE})
    stack = write_stack(programs.parent / "stack", "first")
    run("up", stack, directory=directory)
    before = lifecycle.find(directory)
    assert before
    (stack / "cdk.tf.json").write_text(content)
    failed = run("up", stack, "--engine", engine, directory=directory)
    assert failed.exit_code == 1
    assert reason in failed.stderr
    assert lifecycle.find(directory) == before


def test_server_is_stopped_when_the_second_plan_is_not_empty(
    stack: Path, directory: Path, programs: Path
) -> None:
    change = {"type": "planned_change", "change": {"resource": {"addr": "a.b"}}}
    write_terraform(programs, {"terraform_version": "1.11.0", **change}, ("plan", 2))
    failed = run("up", stack, "--engine", "terraform", directory=directory)
    assert failed.exit_code == 1
    assert "would change a.b." in failed.stderr
    assert failed.stderr.endswith(f" in {directory / 'terraform.log'}\n")
    assert failed.stderr.count("\n") == 1
    assert process.find(directory) is None


def write_terraform(
    directory: Path, output: Mapping[str, object], failure: tuple[str, int] = ("none", 1), then: str = ""
) -> None:
    """Write a `terraform` that prints `output` for every command, and ends one of them with an exit code.

    `then` is what it runs at the end.
    """
    command, code = failure
    (directory / "terraform").write_text(
        f"#!/bin/sh\necho '{json.dumps(output)}'\n[ $1 != {command} ] || exit {code}\n{then}\n"
    )
    (directory / "terraform").chmod(0o755)


def test_server_is_stopped_when_the_stack_cannot_be_loaded(stack: Path, directory: Path) -> None:
    (stack / "cdk.tf.json").write_text(
        f'{{{PROVIDER}, "resource": {{"aws_sns_topic": {{"x": {{"name": "${{aws_sns_topic.y.name}}"}}}}}}}}'
    )
    failed = run("up", stack, directory=directory)
    assert failed.exit_code == 1
    assert "aws_sns_topic.x: refers to aws_sns_topic.y" in failed.stderr
    assert "Traceback" not in failed.output
    assert process.find(directory) is None


def test_error_names_a_missing_stack(directory: Path) -> None:
    failed = run("up", "nowhere", directory=directory)
    assert failed.exit_code == 1
    assert "nowhere/cdk.tf.json does not exist: run `make synth` first" in failed.stderr


def test_record_of_another_version_is_ignored(stack: Path, directory: Path) -> None:
    run("up", stack, directory=directory)
    (directory / "loaded.json").write_text('{"stack": "old"}')
    assert lifecycle.find(directory) is None
    assert "The stack is loaded after " in run("up", stack, directory=directory).output


def test_server_runs_on_when_the_command_up_ends(stack: Path, directory: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "up", str(stack), "--directory", str(directory)]
    up = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (up.returncode, up.stderr) == (0, "")
    running = lifecycle.find(directory)
    assert running
    assert running.server.is_healthy()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_up_leaves_nothing_running(
    stack: Path, directory: Path, programs: Path, signal_number: signal.Signals
) -> None:
    wait = f"[ $1 != apply ] || {{ echo $$ > {programs}/pid; echo ready; exec /bin/sleep 600; }}"
    write_terraform(programs, {"terraform_version": "1.11.0"}, then=wait)
    log = directory / "terraform.log"
    arguments = ("up", str(stack), "--directory", str(directory), "--engine", "terraform")
    with python_process("-m", "sandbox", *arguments) as up:
        eventually(lambda: log.exists() and "ready" in log.read_text())
        pid = int((programs / "pid").read_text())
        assert process.find(directory)
        up.send_signal(signal_number)
        assert up.wait(BOUND_SECONDS) != 0
    eventually(lambda: process.find(directory) is None)
    if signal_number is signal.SIGKILL:
        os.kill(pid, signal.SIGKILL)  # nobody was left to end it
    eventually(lambda: not is_alive(pid))
