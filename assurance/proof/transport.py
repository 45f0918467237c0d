"""Plain HTTP to buckets, queues and the topic is refused by their policies; over TLS the same passes (P11).

The same stack on an embedded AWS without TLS and on the usual one, called by a user who may do everything:
what refuses, then, is the resource. MiniStack takes `aws:SecureTransport` from the connection, and says in an
error, as AWS does, whose policy it was. It asks no policy about its root user and about unsigned calls.
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

REFUSED = "with an explicit deny in a resource-based policy"
KINDS = {"aws_s3_bucket": "buckets", "aws_sqs_queue": "queues", "aws_sns_topic": "topics"}
ALLOWED = "passed"
KEY = "transport"  # under no prefix, and with no suffix, that a function waits for


@dataclass(frozen=True)
class Call:
    """A call to a resource of one of `KINDS`."""

    kind: str
    name: str
    make: Callable[[], object]

    def outcome(self) -> str:
        """`ALLOWED`, or what is wrong."""
        try:
            self.make()
        except ClientError as error:
            return str(error)
        return ALLOWED


def measure(console: Console) -> list[Figure]:
    """Load the default stack twice and make every call on both.

    Raises:
        ProofError: One passes over plain HTTP, is refused for another reason, or fails over TLS.
    """
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        stack = synthesize(settings_from(), root / "out")
        found = []
        for tls in (False, True):
            name = "TLS" if tls else "plain HTTP"
            with console.status(f"transport: the stack is loaded and called over {name}"):
                server = start(root / name.replace(" ", "-"), tls=tls)
                try:
                    calls = list(calls_of(server, load(stack, server)))
                    outcomes = {f"{call.name} over {name}": call.outcome() for call in calls}
                finally:
                    server.stop()
            check(outcomes, passing=tls)
            found.append(_figure(name, calls, passing=tls))
    return found


def calls_of(server: Server, loaded: Loaded) -> Iterator[Call]:
    """Yield the calls to every bucket, queue and topic of a stack, by a new user who may do everything."""
    keys = _caller(server)
    s3, sqs, sns = (
        server.client(service, loaded.region, credentials=keys) for service in ("s3", "sqs", "sns")
    )
    for address, attributes in loaded.attributes.items():
        match kind := address.partition(".")[0]:
            case "aws_s3_bucket":
                made = _bucket_calls(s3, str(attributes["bucket"]))
            case "aws_sqs_queue":
                made = _queue_calls(sqs, str(attributes["url"]))
            case "aws_sns_topic":
                made = _topic_calls(sns, str(attributes["arn"]))
            case _:
                continue
        yield from (Call(kind, f"{name} on {address}", call) for name, call in made.items())


def check(outcomes: dict[str, str], *, passing: bool) -> None:
    """Return when all calls, of which there are some, passed, or were refused by a resource's policy.

    Raises:
        ProofError: One was not.
    """
    wrong = [
        f"{name}: {outcome}"
        for name, outcome in outcomes.items()
        if (outcome != ALLOWED if passing else REFUSED not in outcome)
    ]
    if wrong or not outcomes:
        raise ProofError("\n".join(["transport is not as the policies say:", *wrong]))


def _figure(name: str, calls: list[Call], *, passing: bool) -> Figure:
    kinds = Counter(call.kind for call in calls)
    by_kind = ", ".join(f"{kinds[kind]} to {what}" for kind, what in KINDS.items())
    what = "that pass" if passing else "that the resource's policy refuses"
    return Figure(f"calls over {name} {what}", f"{len(calls)} of {len(calls)} ({by_kind})", "all")


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
        "ReceiveMessage": receive,  # and takes it out again, since whoever has the stack counts dead letters
    }


def _topic_calls(sns: Client, arn: str) -> dict[str, Callable[[], object]]:
    return {"Publish": lambda: sns.publish(TopicArn=arn, Message="x")}


def _caller(server: Server) -> dict[str, str]:
    """Return the credentials of a new user who is allowed everything."""
    iam, user = server.client("iam"), f"caller-{uuid4()}"
    iam.create_user(UserName=user)
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=user, PolicyName="everything", PolicyDocument=policy)
    made: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
    return made
