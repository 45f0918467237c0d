"""`python -m operations.redrive QUEUE_URL FUNCTION_NAME`: invoke a function again with its failed events.

The queue is the dead-letter queue of a function that is invoked asynchronously, or its destination for
failures. Account, region and endpoint are found as every AWS SDK finds them. The credentials need
`sqs:ReceiveMessage` and `sqs:DeleteMessage` on the queue, and `lambda:InvokeFunction` on the function.

Exit code: 0 if every event is redriven, 1 if one remains in the queue or nothing could be done.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import boto3
import typer

from commands import application, run
from operations.aws import AwsError, Client, Report, exit_on_aws_error, explain

BATCH_SIZE = 10  # the maximum of SQS
# Longer than a batch takes, so that none of its messages is received twice. A message whose event fails can
# be received again after that time.
VISIBILITY_TIMEOUT_SECONDS = 120
# With a wait, SQS queries all of its servers: a response without messages then means that the queue is empty.
WAIT_SECONDS = 1

Message: TypeAlias = dict[str, Any]

app = application()


@dataclass
class Total:
    """The numbers of events that were redriven, and that remain in the queue because they failed."""

    redriven: int = 0
    failed: int = 0


def redrive(sqs: Client, functions: Client, *, queue_url: str, function_name: str, report: Report) -> Total:
    """Invoke a function with each event in its dead-letter queue, and delete the events from the queue.

    An event whose invocation is refused remains in the queue. An event that is invoked but cannot be deleted
    is invoked again by the next redrive: functions have to be idempotent anyway. Messages that arrive after
    the start are ignored, so that an event that fails at once is not redriven for ever.

    Args:
        sqs: Client of the queue's region.
        functions: Lambda client of the function's region.
        queue_url: The URL of the queue.
        function_name: The name or ARN of the function.
        report: Receives a line for each message.

    Raises:
        ClientError, BotoCoreError: The queue or the function does not exist, or permissions are missing.
    """
    functions.invoke(FunctionName=function_name, InvocationType="DryRun")
    total = Total()
    for message in _messages(sqs, queue_url):
        message_id = message["MessageId"]
        event = _event(message["Body"])
        try:
            functions.invoke(FunctionName=function_name, InvocationType="Event", Payload=event)
        except AwsError as error:
            total.failed += 1
            report(f"{message_id}  failed: {explain(error)}")
            continue
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        total.redriven += 1
        report(f"{message_id}  redriven")
    return total


def _messages(sqs: Client, queue_url: str) -> Iterator[Message]:
    """Yield the messages that are in the queue now, each once."""
    start_ms = time.time() * 1000
    seen: set[str] = set()
    while True:
        messages = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=BATCH_SIZE,
            VisibilityTimeout=VISIBILITY_TIMEOUT_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])
        if not messages:  # a batch with only known messages is not the end: SQS returns samples
            return
        new = [
            message
            for message in messages
            if message["MessageId"] not in seen and _sent_ms(message) <= start_ms
        ]
        seen.update(message["MessageId"] for message in new)
        yield from new


def _event(body: str) -> str:
    """Return the event that failed.

    A message in a dead-letter queue contains the event itself. A destination receives it in an envelope, and
    MiniStack 1.5.33 puts the envelope into dead-letter queues as well.
    """
    try:
        content = json.loads(body)
    except ValueError:
        return body  # Lambda rejects it with a reason
    match content:
        case {"requestContext": {"functionArn": str()}, "requestPayload": event}:
            return json.dumps(event)
    return body


def _sent_ms(message: Message) -> int:
    return int(message["Attributes"]["SentTimestamp"])


@app.command()
def redrive_queue(
    queue_url: Annotated[str, typer.Argument(help="URL of the dead-letter queue.")],
    function_name: Annotated[str, typer.Argument(help="Name or ARN of the function.")],
) -> None:
    """Invoke a function again with the events in its dead-letter queue."""
    with exit_on_aws_error("cannot redrive"):
        total = redrive(
            boto3.client("sqs"),
            boto3.client("lambda"),
            queue_url=queue_url,
            function_name=function_name,
            report=typer.echo,
        )
    typer.echo(f"{total.redriven} redriven, {total.failed} failed")
    if total.failed:
        raise typer.Exit(1)


if __name__ == "__main__":
    run(app, "python -m operations.redrive")
