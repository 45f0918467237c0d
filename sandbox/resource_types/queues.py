"""SQS."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Call, ResourceType

_ATTRIBUTES = {
    "delay_seconds": "DelaySeconds",
    "kms_data_key_reuse_period_seconds": "KmsDataKeyReusePeriodSeconds",
    "kms_master_key_id": "KmsMasterKeyId",
    "max_message_size": "MaximumMessageSize",
    "message_retention_seconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
    "redrive_allow_policy": "RedriveAllowPolicy",
    "redrive_policy": "RedrivePolicy",
    "sqs_managed_sse_enabled": "SqsManagedSseEnabled",
    "visibility_timeout_seconds": "VisibilityTimeout",
}
_NAMES = {name: f"Attributes.{member}" for name, member in _ATTRIBUTES.items()}

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_sqs_queue": ResourceType(
        "sqs",
        Call(
            "CreateQueue", names={"name": "QueueName"} | _NAMES, returns={"id": "QueueUrl", "url": "QueueUrl"}
        ),
        then=(
            Call(
                "GetQueueAttributes",
                parameters={"QueueUrl": "id"},
                constants={"AttributeNames": ["QueueArn"]},
                returns={"arn": "Attributes.QueueArn"},
            ),
        ),
    ),
    "aws_sqs_queue_policy": ResourceType(
        "sqs", Call("SetQueueAttributes", names=_NAMES), computed={"id": "{queue_url}"}
    ),
}
