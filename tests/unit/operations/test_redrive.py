import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoRegionError
from typer.testing import CliRunner

from operations.redrive import Total, app, redrive

LONG_AGO_MS = 0


def throttled(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, operation)


class Aws:
    """A queue with these batches of messages, and a function that refuses some events."""

    def __init__(
        self, *batches: list[str], refused: tuple[str, ...] = (), sent_ms: int = LONG_AGO_MS
    ) -> None:
        self.batches = list(batches)
        self.refused = refused
        self.sent_ms = sent_ms
        self.invoked: list[str] = []
        self.deleted: list[str] = []
        self.lines: list[str] = []

    def receive_message(self, **_: object) -> dict[str, Any]:
        if not self.batches:
            return {}
        attributes = {"SentTimestamp": str(self.sent_ms)}
        return {
            "Messages": [
                {"MessageId": name, "ReceiptHandle": f"r-{name}", "Body": name, "Attributes": attributes}
                for name in self.batches.pop(0)
            ]
        }

    def delete_message(self, *, ReceiptHandle: str, **_: object) -> None:  # noqa: N803
        self.deleted.append(ReceiptHandle)

    def invoke(self, *, InvocationType: str, Payload: str = "", **_: object) -> None:  # noqa: N803
        if InvocationType == "Event":
            self.invoked.append(Payload)
        if Payload in self.refused:
            raise throttled("Invoke")

    def redrive(self) -> Total:
        return redrive(self, self, queue_url="queue", function_name="f", report=self.lines.append)


def test_every_event_in_the_queue_is_redriven() -> None:
    aws = Aws(["a", "b"], ["c"])
    assert aws.redrive() == Total(redriven=3)
    assert aws.invoked == ["a", "b", "c"]
    assert aws.deleted == ["r-a", "r-b", "r-c"]
    assert aws.lines == ["a  redriven", "b  redriven", "c  redriven"]


def test_a_refused_event_remains_and_the_others_are_redriven() -> None:
    aws = Aws(["a", "b"], ["a", "c"], ["a"], ["d"], refused=("a",))
    assert aws.redrive() == Total(redriven=3, failed=1)
    assert aws.invoked == ["a", "b", "c", "d"]
    assert aws.deleted == ["r-b", "r-c", "r-d"]
    assert "a  failed: " in aws.lines[0]
    assert "slow down" in aws.lines[0]


def test_messages_that_arrive_after_the_start_are_ignored() -> None:
    aws = Aws(["a"], sent_ms=int(time.time() * 1000) + 3_600_000)
    assert aws.redrive() == Total()
    assert aws.invoked == []


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ('{"Records":  []}', '{"Records":  []}'),
        ("not JSON", "not JSON"),
        ('{"requestContext": {"functionArn": "f"}, "requestPayload": {"a": [1]}}', '{"a": [1]}'),
        ('{"requestContext": {"stage": "v1"}, "requestPayload": 1}', None),
        ('{"requestPayload": 1}', None),
        ("[]", None),
    ],
)
def test_an_event_is_taken_out_of_its_envelope(body: str, event: str | None) -> None:
    aws = Aws([body])
    aws.redrive()
    assert aws.invoked == [event or body]


def test_a_function_that_cannot_be_invoked_leaves_the_queue_unchanged() -> None:
    aws = Aws(["a"], refused=("",))
    with pytest.raises(ClientError):
        aws.redrive()
    assert aws.batches == [["a"]]


def test_a_message_that_cannot_be_deleted_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise throttled("DeleteMessage")

    aws = Aws(["a", "b"])
    monkeypatch.setattr(aws, "delete_message", refuse)
    with pytest.raises(ClientError):
        aws.redrive()
    assert aws.invoked == ["a"]


@pytest.mark.parametrize(
    ("aws", "line"),
    [
        (Aws(["a", "b"], refused=("a",)), "b  redriven\n1 redriven, 1 failed\n"),
        (Aws(["a"], refused=("",)), "cannot redrive: Invoke: TooManyRequestsException: slow down\n"),
        (NoRegionError(), "cannot redrive: You must specify a region.\n"),
    ],
)
def test_the_command_has_exit_code_1_when_an_event_remains(
    aws: Aws | Exception, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def client(_service: str) -> Aws:
        if isinstance(aws, Exception):
            raise aws
        return aws

    monkeypatch.setattr(boto3, "client", client)
    result = CliRunner().invoke(app, ["queue", "f"])
    assert result.exit_code == 1
    assert line in result.output
