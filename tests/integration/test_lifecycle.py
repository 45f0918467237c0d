"""`python -m sandbox` on a stack of one topic."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sandbox import lifecycle, server
from sandbox.__main__ import app


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "aws"
    lifecycle.down(tmp_path / "aws")


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return written(tmp_path / "stack", "first")


def written(stack: Path, topic: str) -> Path:
    stack.mkdir(exist_ok=True)
    content = {
        "provider": {"aws": [{"region": "us-east-1"}]},
        "resource": {"aws_sns_topic": {"t": {"name": topic}}, "aws_internet_gateway": {"g": {}}},
        "data": {"aws_region": {"here": {}}},
        "output": {"topic": {"value": "${aws_sns_topic.t.arn}"}},
    }
    (stack / "cdk.tf.json").write_text(json.dumps(content))
    return stack


def run(*arguments: object, directory: Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--directory", str(directory)])


def test_up_status_and_down(stack: Path, directory: Path) -> None:
    first = run("up", stack, directory=directory)
    assert first.exit_code == 0, first.output
    assert "The stack is loaded, " in first.output
    assert "arn:aws:sns:us-east-1:123456789012:first" in first.output
    assert "VPC routing: recorded, but no packet follows it" in first.output
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


def test_another_stack_takes_the_place_of_the_first(stack: Path, directory: Path) -> None:
    run("up", stack, directory=directory)
    before = lifecycle.find(directory)
    second = run("up", written(stack, "second"), directory=directory)
    assert "The stack is loaded, " in second.output
    after = lifecycle.find(directory)
    assert before
    assert after
    assert after.server.pid != before.server.pid
    topics = after.server.client("sns").list_topics()["Topics"]
    assert [topic["TopicArn"].rpartition(":")[2] for topic in topics] == ["second"]


def test_a_stack_that_cannot_be_loaded_leaves_nothing_running(stack: Path, directory: Path) -> None:
    (stack / "cdk.tf.json").write_text(
        json.dumps({"provider": {"aws": [{"region": "us-east-1"}]}, "resource": {"aws_mystery": {"x": {}}}})
    )
    failed = run("up", stack, directory=directory)
    assert failed.exit_code == 1
    assert "aws_mystery.x: unknown type aws_mystery" in failed.stderr
    assert "Traceback" not in failed.output
    assert server.find(directory) is None


def test_a_missing_stack_is_named(directory: Path) -> None:
    failed = run("up", "nowhere", directory=directory)
    assert failed.exit_code == 1
    assert "there is no nowhere/cdk.tf.json: synthesize the stack first" in failed.stderr


def test_a_record_of_another_version_is_none(stack: Path, directory: Path) -> None:
    run("up", stack, directory=directory)
    (directory / "loaded.json").write_text('{"stack": "of old"}')
    assert lifecycle.find(directory) is None
    assert "The stack is loaded, " in run("up", stack, directory=directory).output


def test_is_a_module_to_run(directory: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "status", "--directory", str(directory)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stderr) == (1, "")
    assert "does not run" in asked.stdout
