"""Policies of buckets, queues and topics deny plain HTTP; over TLS the same calls are allowed (P11).

The same stack is loaded into an embedded AWS without TLS and into the usual one, and called by a user whose
policy allows everything, so that only a resource's policy can deny a call. MiniStack derives
`aws:SecureTransport` from the connection, and names the type of the denying policy in the error, as AWS does.
It does not evaluate policies for its root user and for unsigned calls.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from botocore.exceptions import ClientError
from rich.console import Console

from assurance.proof.figures import Figure, ProofError
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import Loaded, load
from sandbox.server.process import Client, Server, start

DENIED = "with an explicit deny in a resource-based policy"
RESOURCE_TYPES = {"aws_s3_bucket": "buckets", "aws_sqs_queue": "queues", "aws_sns_topic": "topics"}
ALLOWED = "allowed"
KEY = "transport"
"""An object key whose prefix and suffix invoke no function."""


@dataclass(frozen=True)
class Call:
    """A call to a resource.

    Attributes:
        resource_type: Type of the resource, one of `RESOURCE_TYPES`.
        name: Operation and address of the resource.
        send: Sends the call.
    """

    resource_type: str
    name: str
    send: Callable[[], object]

    def outcome(self) -> str:
        """Send the call, and return `ALLOWED` or the error."""
        try:
            self.send()
        except ClientError as error:
            return str(error)
        return ALLOWED


def measure(console: Console) -> list[Figure]:
    """Load the default stack twice and send every call to both.

    Raises:
        ProofError: A call is allowed over plain HTTP, denied for another reason, or fails over TLS.
    """
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        stack = synthesize(settings_from(), root / "out")
        figures = []
        for tls in (False, True):
            name = "TLS" if tls else "plain HTTP"
            with console.status(f"transport: loading and calling the stack over {name}"):
                server = start(root / name.replace(" ", "-"), tls=tls)
                try:
                    calls = list(calls_of(server, load(stack, server)))
                    outcomes = {f"{call.name} over {name}": call.outcome() for call in calls}
                finally:
                    server.stop()
            check(outcomes, allowed=tls)
            figures.append(_figure(name, calls, allowed=tls))
    return figures


def calls_of(server: Server, loaded: Loaded) -> Iterator[Call]:
    """Yield the calls to every bucket, queue and topic of a stack, by a new user with all permissions."""
    credentials = _create_user(server)
    s3, sqs, sns = (
        server.client(service, loaded.region, credentials=credentials) for service in ("s3", "sqs", "sns")
    )
    for address, attributes in loaded.attributes.items():
        match resource_type := address.partition(".")[0]:
            case "aws_s3_bucket":
                calls = _bucket_calls(s3, str(attributes["bucket"]))
            case "aws_sqs_queue":
                calls = _queue_calls(sqs, str(attributes["url"]))
            case "aws_sns_topic":
                calls = _topic_calls(sns, str(attributes["arn"]))
            case _:
                continue
        yield from (Call(resource_type, f"{name} on {address}", send) for name, send in calls.items())


def check(outcomes: dict[str, str], *, allowed: bool) -> None:
    """Check that there are calls, and that all were allowed, or all denied by a resource's policy.

    Raises:
        ProofError: There are none, or one had another outcome.
    """
    unexpected = [
        f"{name}: {outcome}"
        for name, outcome in outcomes.items()
        if (outcome != ALLOWED if allowed else DENIED not in outcome)
    ]
    if unexpected or not outcomes:
        expected = "allowed" if allowed else "denied by a resource's policy"
        raise ProofError("\n".join([f"transport: not every call is {expected}:", *unexpected]))


def _figure(name: str, calls: list[Call], *, allowed: bool) -> Figure:
    counts = Counter(call.resource_type for call in calls)
    by_type = ", ".join(f"{counts[key]} to {plural}" for key, plural in RESOURCE_TYPES.items())
    outcome = "that are allowed" if allowed else "that the resource's policy denies"
    return Figure(f"calls over {name} {outcome}", f"{len(calls)} of {len(calls)} ({by_type})", "all")


def _bucket_calls(s3: Client, bucket: str) -> dict[str, Callable[[], object]]:
    def get() -> None:
        s3.get_object(Bucket=bucket, Key=KEY)["Body"].close()

    return {"PutObject": lambda: s3.put_object(Bucket=bucket, Key=KEY, Body=b"x"), "GetObject": get}


def _queue_calls(sqs: Client, url: str) -> dict[str, Callable[[], object]]:
    def receive() -> None:
        for message in sqs.receive_message(QueueUrl=url)["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    return {
        "SendMessage": lambda: sqs.send_message(QueueUrl=url, MessageBody="x"),
        "ReceiveMessage": receive,  # deletes the message, because tests of the same stack count dead letters
    }


def _topic_calls(sns: Client, arn: str) -> dict[str, Callable[[], object]]:
    return {"Publish": lambda: sns.publish(TopicArn=arn, Message="x")}


def _create_user(server: Server) -> dict[str, str]:
    """Create a user whose policy allows everything, and return its credentials."""
    iam, user = server.client("iam"), f"caller-{uuid4()}"
    iam.create_user(UserName=user)
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=user, PolicyName="everything", PolicyDocument=policy)
    access_key: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
    return access_key
