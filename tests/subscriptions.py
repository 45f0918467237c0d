"""Queues that receive what is published to a topic of the embedded AWS."""

import json
from typing import Any
from uuid import uuid4

from sandbox.server.process import Server


class Subscription:
    """A new queue that is subscribed to a topic, in the topic's region."""

    def __init__(self, server: Server, topic_arn: str) -> None:
        region = topic_arn.split(":")[3]
        self._sqs, name = server.client("sqs", region), f"subscription-{uuid4()}"
        sender = {"Action": "sqs:SendMessage", "Principal": {"Service": "sns.amazonaws.com"}}
        policy = {"Statement": [{"Effect": "Allow", "Resource": "*", **sender}]}
        self._url = self._sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)})[
            "QueueUrl"
        ]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]
        server.client("sns", region).subscribe(
            TopicArn=topic_arn, Protocol="sqs", Endpoint=attributes["QueueArn"]
        )

    def messages(self) -> list[Any]:
        """Return the messages that were published since the last call."""
        received = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in received]
