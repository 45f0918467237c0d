"""`python -m operations.redrive` with a queue and a function of the embedded AWS."""

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
from typer.testing import CliRunner, Result

from operations.redrive import app
from sandbox.server.process import ACCOUNT, Server
from tests.waiting import eventually

# A function that sends every event to a queue, unless FAIL is set.
CODE = """
import json, os, boto3

def handler(event, context):
    if os.environ.get("FAIL"):
        raise RuntimeError("FAIL is set")
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


@dataclass(frozen=True)
class DeadLetters:
    """A dead-letter queue, its function, and the queue that the function sends its events to."""

    server: Server
    queue: str
    function: str
    target: str

    def redrive(self, queue: str | None = None, function: str | None = None) -> Result:
        return CliRunner().invoke(
            app, [queue or self.queue, function or self.function], env=self.server.environment()
        )

    def count(self) -> int:
        attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        response = self.server.client("sqs").get_queue_attributes(
            QueueUrl=self.queue, AttributeNames=attributes
        )
        return sum(int(number) for number in response["Attributes"].values())

    def set_variables(self, **variables: str) -> None:
        """Set the function's variables in addition to its target."""
        functions = self.server.client("lambda")
        functions.update_function_configuration(
            FunctionName=self.function, Environment={"Variables": {"TARGET": self.target, **variables}}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=self.function)

    def processed_events(self, expected: int) -> list[Any]:
        """Return the events that the function received, once there are so many."""
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
def dead_letters(server: Server) -> DeadLetters:
    name = f"redrive-{uuid4().hex[:8]}"
    sqs, iam = server.client("sqs"), server.client("iam")
    queue, target = (
        sqs.create_queue(QueueName=f"{name}-{purpose}")["QueueUrl"] for purpose in ("dlq", "target")
    )
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
    return DeadLetters(server, queue, name, target)


def test_events_are_redriven_unchanged(dead_letters: DeadLetters) -> None:
    events = [{"Records": [{"s3": {"object": {"key": f"uploads/{n}+é"}}}]} for n in range(12)]
    for event in events:
        dead_letters.server.client("sqs").send_message(
            QueueUrl=dead_letters.queue, MessageBody=json.dumps(event)
        )
    result = dead_letters.redrive()
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[-1] == "12 redriven, 0 failed"
    assert [line.split("  ")[1] for line in lines[:-1]] == ["redriven"] * 12
    assert dead_letters.count() == 0
    assert sorted(dead_letters.processed_events(12), key=json.dumps) == sorted(events, key=json.dumps)


def test_a_failed_event_is_processed_once_the_function_works(dead_letters: DeadLetters) -> None:
    event = {"Records": [{"s3": {"object": {"key": "uploads/a+b"}}}]}
    dead_letters.set_variables(FAIL="yes")
    dead_letters.server.client("lambda").invoke(
        FunctionName=dead_letters.function, InvocationType="Event", Payload=json.dumps(event)
    )
    eventually(lambda: dead_letters.count() == 1)
    dead_letters.set_variables()
    assert dead_letters.redrive().stdout.endswith("1 redriven, 0 failed\n")
    assert dead_letters.processed_events(1) == [event]
    assert dead_letters.count() == 0


def test_an_empty_queue_has_exit_code_0(dead_letters: DeadLetters) -> None:
    result = dead_letters.redrive()
    assert (result.exit_code, result.stdout) == (0, "0 redriven, 0 failed\n")


@pytest.mark.parametrize("wrong", ["queue", "function"])
def test_a_missing_queue_or_function_is_one_line(dead_letters: DeadLetters, wrong: str) -> None:
    dead_letters.server.client("sqs").send_message(QueueUrl=dead_letters.queue, MessageBody="{}")
    names = {"queue": dead_letters.queue, "function": dead_letters.function}
    result = dead_letters.redrive(**{wrong: f"{names[wrong]}-none"})
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("cannot redrive: ")
    assert dead_letters.count() == 1
    dead_letters.server.client("sqs").purge_queue(QueueUrl=dead_letters.queue)


def test_a_missing_permission_is_one_line(dead_letters: DeadLetters) -> None:
    dead_letters.server.client("sqs").send_message(QueueUrl=dead_letters.queue, MessageBody="{}")
    role = f"arn:aws:iam::{ACCOUNT}:role/{dead_letters.function}"
    assumed = dead_letters.server.client("sts").assume_role(RoleArn=role, RoleSessionName="redrive")[
        "Credentials"
    ]
    result = run_as_command(dead_letters, assumed)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("cannot redrive: ")
    assert "is not authorized to perform: lambda:InvokeFunction" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert dead_letters.count() == 1
    dead_letters.server.client("sqs").purge_queue(QueueUrl=dead_letters.queue)


def run_as_command(
    dead_letters: DeadLetters, credentials: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "operations.redrive", dead_letters.queue, dead_letters.function],
        env={
            **os.environ,
            **dead_letters.server.environment(),
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
