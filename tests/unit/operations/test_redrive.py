import time
from typing import Any

import boto3
import pytest
import typer
from botocore.exceptions import ClientError, NoRegionError

from operations.redrive import Total, main, redrive

LONG_AGO_MS = 0


def refusal(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, operation)


class Aws:
    """A queue that gives the batches it is told to, and a function that refuses some events."""

    def __init__(
        self, *batches: list[str], refused: tuple[str, ...] = (), sent_ms: int = LONG_AGO_MS
    ) -> None:
        self.batches = list(batches)
        self.refused = refused
        self.sent_ms = sent_ms
        self.invoked: list[str] = []
        self.deleted: list[str] = []
        self.said: list[str] = []

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
            raise refusal("Invoke")

    def redrive(self) -> Total:
        return redrive(self, self, queue_url="queue", function_name="f", say=self.said.append)


def test_until_the_queue_is_empty() -> None:
    aws = Aws(["a", "b"], ["c"])
    assert aws.redrive() == Total(redriven=3)
    assert aws.invoked == ["a", "b", "c"]
    assert aws.deleted == ["r-a", "r-b", "r-c"]
    assert aws.said == ["a  put back", "b  put back", "c  put back"]


def test_what_is_refused_stays_and_the_rest_goes_on() -> None:
    aws = Aws(["a", "b"], ["a", "c"], ["a"], ["d"], refused=("a",))
    assert aws.redrive() == Total(redriven=3, stay=1)
    assert aws.invoked == ["a", "b", "c", "d"]
    assert aws.deleted == ["r-b", "r-c", "r-d"]
    assert "a  stays: " in aws.said[0]
    assert "slow down" in aws.said[0]


def test_what_came_back_meanwhile_is_left_alone() -> None:
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
def test_the_event_is_taken_out_of_its_envelope(body: str, event: str | None) -> None:
    aws = Aws([body])
    aws.redrive()
    assert aws.invoked == [event or body]


def test_a_function_that_may_not_be_invoked_leaves_the_queue_untouched() -> None:
    aws = Aws(["a"], refused=("",))
    with pytest.raises(ClientError):
        aws.redrive()
    assert aws.batches == [["a"]]


def test_a_message_that_cannot_be_taken_out_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise refusal("DeleteMessage")

    aws = Aws(["a", "b"])
    monkeypatch.setattr(aws, "delete_message", refuse)
    with pytest.raises(ClientError):
        aws.redrive()
    assert aws.invoked == ["a"]


@pytest.mark.parametrize(
    ("aws", "said"),
    [
        (Aws(["a", "b"], refused=("a",)), "b  put back\n1 put back, 1 stay\n"),
        (Aws(["a"], refused=("",)), "cannot redrive: "),
        (NoRegionError(), "cannot redrive: You must specify a region.\n"),
    ],
)
def test_the_command_fails_when_not_all_is_put_back(
    aws: Aws | Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def client(_service: str) -> Aws:
        if isinstance(aws, Exception):
            raise aws
        return aws

    monkeypatch.setattr(boto3, "client", client)
    with pytest.raises(typer.Exit) as caught:
        main("queue", "f")
    assert caught.value.exit_code == 1
    assert said in "".join(capsys.readouterr())
