"""SQS queues."""

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

from infra import policy
from infra.constructs.monitoring import Metric

RETENTION_SECONDS = 14 * 24 * 60 * 60
"""The maximum of SQS: time to notice, fix the cause and redrive (P11)."""


class DeadLetterQueue(Construct):
    """A queue for events that could not be processed: encrypted by SQS, TLS-only, kept for 14 days (P11).

    Args:
        name: Name of the queue.

    Attributes:
        arn: ARN of the queue.
        url: URL of the queue.
    """

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id)
        queue = SqsQueue(
            self,
            "queue",
            name=name,
            sqs_managed_sse_enabled=True,
            message_retention_seconds=RETENTION_SECONDS,
        )
        self.arn: str = queue.arn
        self.url: str = queue.url
        self._name: str = queue.name
        SqsQueuePolicy(
            self,
            "policy",
            queue_url=self.url,
            policy=policy.document(policy.deny_insecure_transport(["sqs:*"], [self.arn])),
        )

    def send_statement(self) -> policy.Statement:
        """The statement that allows `sqs:SendMessage` to this queue."""
        return policy.allow(["sqs:SendMessage"], [self.arn])

    def metric_depth(self) -> Metric:
        """Maximum number of waiting messages; anything above 0 needs attention."""
        return Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": self._name}, "Maximum")
