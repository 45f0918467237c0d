import json
from collections.abc import Callable

from sandbox.resource_types.resource_type import Attributes
from sandbox.server.process import Server
from synthesized.stack import JSON
from tests.integration.sandbox.resource_types.case import TAGS, Case, policy, reader

DEAD_LETTERS = '{"deadLetterTargetArn": "${aws_sqs_queue.d.arn}", "maxReceiveCount": 3}'


def to_attribute(name: str) -> Callable[[Server, Attributes], JSON]:
    return reader(
        "sqs", "get_queue_attributes", f"Attributes.{name}", QueueUrl="{id}", AttributeNames=["All"]
    )


CASES = {
    "aws_sqs_queue": Case(
        {
            "aws_sqs_queue": {
                "d": {"name": "dead"},
                "x": {
                    "name": "mine",
                    "sqs_managed_sse_enabled": True,
                    "message_retention_seconds": 1209600,
                    "visibility_timeout_seconds": 60,
                    "redrive_policy": DEAD_LETTERS,
                    "redrive_allow_policy": '{"redrivePermission": "denyAll"}',
                    "policy": policy("sqs:SendMessage", Principal="*"),
                    "tags": {"Name": "mine"},
                },
            }
        },
        lambda server, attributes: [
            *(
                to_attribute(name)(server, attributes)
                for name in (
                    "QueueArn",
                    "SqsManagedSseEnabled",
                    "MessageRetentionPeriod",
                    "VisibilityTimeout",
                    "RedrivePolicy",
                    "RedriveAllowPolicy",
                    "Policy",
                )
            ),
            reader("sqs", "list_queue_tags", "Tags", QueueUrl="{url}")(server, attributes),
        ],
        ["{arn}", "true", "1209600", "60", "{redrive_policy}", "{redrive_allow_policy}", "{policy}", TAGS],
    ),
    "aws_sqs_queue_policy": Case(
        {
            "aws_sqs_queue": {"q": {"name": "with-policy"}},
            "aws_sqs_queue_policy": {
                "x": {
                    "queue_url": "${aws_sqs_queue.q.url}",
                    "policy": policy("sqs:*", Principal="*", Resource="${aws_sqs_queue.q.arn}"),
                }
            },
        },
        lambda server, attributes: json.loads(to_attribute("Policy")(server, attributes))["Statement"][0][
            "Resource"
        ],
        "arn:aws:sqs:us-east-1:123456789012:with-policy",
    ),
}
