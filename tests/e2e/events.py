"""What tests observe of a function that processes events: its log, its dead letters and their redrive."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assurance.loaded_stack import LoadedStack
from operations.redrive import Total, redrive


class Events:
    """A function and its dead-letter queue, by the outputs with the ARN and the URL."""

    def __init__(self, stack: LoadedStack, function: str, queue: str) -> None:
        self._stack = stack
        self._sqs = stack.client("sqs")
        self._queue = str(stack.loaded.outputs[queue])
        self.function = str(stack.loaded.outputs[function]).rpartition(":")[2]

    def lines(self, **fields: object) -> list[dict[str, Any]]:
        """Return the function's log records that have these fields."""
        events = self._stack.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{self.function}")
        lines = [
            json.loads(event["message"]) for event in events["events"] if event["message"].startswith("{")
        ]
        return [line for line in lines if fields.items() <= line.items()]

    def dead_letters(self) -> list[str]:
        """Return the messages in the dead-letter queue, which stay in it."""
        response = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [message["Body"] for message in response.get("Messages", [])]

    def redrive(self) -> Total:
        functions = self._stack.client("lambda")
        return redrive(
            self._sqs, functions, queue_url=self._queue, function_name=self.function, report=lambda _: None
        )

    def empty_queue(self) -> None:
        self._sqs.purge_queue(QueueUrl=self._queue)


@contextmanager
def denied(stack: LoadedStack, action: str, *functions: str, resource: str = "*") -> Iterator[None]:
    """Deny an action to the roles of functions: `post-handler`, `files-image`."""
    iam = stack.client("iam")
    roles = [str(stack.resource("aws_iam_role", f"lambda-{name}-")["name"]) for name in functions]
    statement = {"Effect": "Deny", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for role in roles:
        iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=document)
    try:
        yield
    finally:
        for role in roles:
            iam.delete_role_policy(RoleName=role, PolicyName="denied")
