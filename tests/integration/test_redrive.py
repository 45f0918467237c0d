"""`python -m operations.redrive` on a real queue and a real function."""

import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner, Result

from operations.redrive import main
from sandbox.server.process import ACCOUNT, Server
from tests.waiting import eventually

# A function that hands every event on to a queue, unless it is told to fail.
CODE = """
import json, os, boto3

def handler(event, context):
    if os.environ.get("FAIL"):
        raise RuntimeError("told to")
    boto3.client("sqs").send_message(QueueUrl=os.environ["TARGET"], MessageBody=json.dumps(event))
"""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
SEND = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}],
    }
)
app = typer.Typer()
app.command()(main)


@dataclass(frozen=True)
class Failed:
    """A dead-letter queue, the function that it belongs to, and the queue that shows what it gets."""

    server: Server
    queue: str
    function: str
    target: str

    def redrive(self, queue: str | None = None, function: str | None = None) -> Result:
        return CliRunner().invoke(
            app, [queue or self.queue, function or self.function], env=self.server.environment()
        )

    def left(self) -> int:
        attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.server.client("sqs").get_queue_attributes(QueueUrl=self.queue, AttributeNames=attributes)
        return sum(int(number) for number in found["Attributes"].values())

    def tell(self, **variables: str) -> None:
        """Give the function further variables than that of its target."""
        functions = self.server.client("lambda")
        functions.update_function_configuration(
            FunctionName=self.function, Environment={"Variables": {"TARGET": self.target, **variables}}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=self.function)

    def handed_on(self, expected: int) -> list[Any]:
        """Return what the function got, once it is so many events."""
        bodies: list[Any] = []

        def all_received() -> bool:
            response = self.server.client("sqs").receive_message(
                QueueUrl=self.target, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            bodies.extend(json.loads(message["Body"]) for message in response.get("Messages", []))
            return len(bodies) >= expected

        eventually(all_received)
        return bodies


@pytest.fixture(scope="module")
def failed(server: Server) -> Failed:
    name = f"redrive-{uuid4().hex[:8]}"
    sqs, iam = server.client("sqs"), server.client("iam")
    queue, target = (sqs.create_queue(QueueName=f"{name}-{each}")["QueueUrl"] for each in ("dlq", "target"))
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=SEND)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("function.py", CODE)
    server.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="function.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"TARGET": target}},
        Timeout=30,
        DeadLetterConfig={"TargetArn": arn},
    )
    server.client("lambda").get_waiter("function_active_v2").wait(FunctionName=name)
    server.client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    return Failed(server, queue, name, target)


def test_events_are_put_back_as_they_were(failed: Failed) -> None:
    events = [{"Records": [{"s3": {"object": {"key": f"uploads/{n}+é"}}}]} for n in range(12)]
    for event in events:
        failed.server.client("sqs").send_message(QueueUrl=failed.queue, MessageBody=json.dumps(event))
    result = failed.redrive()
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[-1] == "12 put back, 0 stay"
    assert [line.split("  ")[1] for line in lines[:-1]] == ["put back"] * 12
    assert failed.left() == 0
    assert sorted(failed.handed_on(12), key=json.dumps) == sorted(events, key=json.dumps)


def test_what_a_function_failed_at_is_processed_once_it_works(failed: Failed) -> None:
    event = {"Records": [{"s3": {"object": {"key": "uploads/a+b"}}}]}
    failed.tell(FAIL="yes")
    failed.server.client("lambda").invoke(
        FunctionName=failed.function, InvocationType="Event", Payload=json.dumps(event)
    )
    eventually(lambda: failed.left() == 1)
    failed.tell()
    assert failed.redrive().stdout.endswith("1 put back, 0 stay\n")
    assert failed.handed_on(1) == [event]
    assert failed.left() == 0


def test_an_empty_queue(failed: Failed) -> None:
    result = failed.redrive()
    assert (result.exit_code, result.stdout) == (0, "0 put back, 0 stay\n")


@pytest.mark.parametrize("wrong", ["queue", "function"])
def test_a_queue_or_function_that_is_not_there(failed: Failed, wrong: str) -> None:
    failed.server.client("sqs").send_message(QueueUrl=failed.queue, MessageBody="{}")
    names = {"queue": failed.queue, "function": failed.function}
    result = failed.redrive(**{wrong: f"{names[wrong]}-none"})
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("cannot redrive: ")
    assert failed.left() == 1
    failed.server.client("sqs").purge_queue(QueueUrl=failed.queue)


def test_without_the_permission(failed: Failed) -> None:
    failed.server.client("sqs").send_message(QueueUrl=failed.queue, MessageBody="{}")
    role = f"arn:aws:iam::{ACCOUNT}:role/{failed.function}"
    assumed = failed.server.client("sts").assume_role(RoleArn=role, RoleSessionName="redrive")["Credentials"]
    result = run_as_command(failed, assumed)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("cannot redrive: ")
    assert "AccessDenied" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert failed.left() == 1
    failed.server.client("sqs").purge_queue(QueueUrl=failed.queue)


def run_as_command(failed: Failed, credentials: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "operations.redrive", failed.queue, failed.function],
        env={
            **os.environ,
            **failed.server.environment(),
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
