"""`python -m operations.redrive QUEUE_URL FUNCTION_NAME`: have a function try again what it failed at.

For the dead-letter queue of a function that is invoked asynchronously, or the queue that it has as its
destination for failures. Account, region and endpoint are found as every AWS SDK finds them. It needs
`sqs:ReceiveMessage` and `sqs:DeleteMessage` on the queue and `lambda:InvokeFunction` on the function.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

BATCH = 10  # as many as SQS gives at once
# Longer than a batch takes, so that none of it comes again meanwhile. What stays can be had again after that.
VISIBILITY_SECONDS = 120
# SQS asks all of its servers only if it may wait: an answer without messages then means that there are none.
WAIT_SECONDS = 1

AwsError = (ClientError, BotoCoreError)
Client: TypeAlias = Any
"""A boto3 client: a class that is made at run time."""
Message: TypeAlias = dict[str, Any]


@dataclass
class Total:
    """How many messages were put back, and how many stay in the queue."""

    redriven: int = 0
    stay: int = 0


def redrive(
    sqs: Client, functions: Client, *, queue_url: str, function_name: str, say: Callable[[str], None]
) -> Total:
    """Invoke a function with each event in its dead-letter queue, and take the event out of the queue.

    An event whose invocation is refused stays. One that is invoked but cannot be taken out will be
    invoked again by the next redrive: a function has to bear that anyway. What arrives after the
    start is left alone, so that an event that fails at once again is not redriven for ever.

    Args:
        sqs: Client of the queue's region.
        functions: Lambda client of the function's region.
        queue_url: Of the queue.
        function_name: Or its ARN.
        say: Gets a line a message.

    Raises:
        ClientError, BotoCoreError: There is no such queue or function, or it may not be used.
    """
    functions.invoke(FunctionName=function_name, InvocationType="DryRun")
    total = Total()
    for message in _messages(sqs, queue_url):
        name = message["MessageId"]
        event = _event(message["Body"])
        try:
            functions.invoke(FunctionName=function_name, InvocationType="Event", Payload=event)
        except AwsError as error:
            total.stay += 1
            say(f"{name}  stays: {error}")
            continue
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        total.redriven += 1
        say(f"{name}  put back")
    return total


def _messages(sqs: Client, queue_url: str) -> Iterator[Message]:
    """Yield what is in the queue now, each message once."""
    start_ms = time.time() * 1000
    seen: set[str] = set()
    while True:
        messages = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=VISIBILITY_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])
        if not messages:  # a batch without anything new is no end: SQS samples
            return
        new = [each for each in messages if each["MessageId"] not in seen and _sent_ms(each) <= start_ms]
        seen.update(each["MessageId"] for each in new)
        yield from new


def _event(body: str) -> str:
    """Return the event that failed.

    A dead-letter queue has it as it was. A destination has it in an envelope, and MiniStack 1.5.33
    puts that into dead-letter queues as well.
    """
    try:
        content = json.loads(body)
    except ValueError:
        return body  # Lambda will say what it thinks of it
    match content:
        case {"requestContext": {"functionArn": str()}, "requestPayload": event}:
            return json.dumps(event)
    return body


def _sent_ms(message: Message) -> int:
    return int(message["Attributes"]["SentTimestamp"])


def main(
    queue_url: Annotated[str, typer.Argument(help="URL of the dead-letter queue.")],
    function_name: Annotated[str, typer.Argument(help="Name or ARN of the function.")],
) -> None:
    """Have a function try again what is in its dead-letter queue; exit with 1 when a message stays."""
    try:
        total = redrive(
            boto3.client("sqs"),
            boto3.client("lambda"),
            queue_url=queue_url,
            function_name=function_name,
            say=typer.echo,
        )
    except AwsError as error:
        typer.echo(f"cannot redrive: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{total.redriven} put back, {total.stay} stay")
    if total.stay:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
