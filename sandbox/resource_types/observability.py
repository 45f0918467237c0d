"""CloudWatch logs and alarms, and SNS."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Call, ResourceType

_QUERY = "metric_query"

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_cloudwatch_log_group": ResourceType(
        "logs",
        Call("CreateLogGroup", names={"name": "logGroupName"}),
        then=(
            Call(
                "PutRetentionPolicy", attributes=("retention_in_days",), parameters={"logGroupName": "name"}
            ),
        ),
        computed={
            "id": "{name}",
            "arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}",
        },
        ignored={"skip_destroy": "how a group is destroyed"},
        limitation="CloudWatch Logs: the retention is stored, but nothing expires",
    ),
    "aws_cloudwatch_log_resource_policy": ResourceType(
        "logs", Call("PutResourcePolicy"), computed={"id": "{policy_name}"}
    ),
    "aws_cloudwatch_metric_alarm": ResourceType(
        "cloudwatch",
        Call(
            "PutMetricAlarm",
            names={
                "ok_actions": "OKActions",
                _QUERY: "Metrics",
                f"{_QUERY}.metric": "MetricStat",
                f"{_QUERY}.metric.metric_name": "Metric.MetricName",
                f"{_QUERY}.metric.namespace": "Metric.Namespace",
                f"{_QUERY}.metric.dimensions": "Metric.Dimensions",
            },
        ),
        computed={
            "id": "{alarm_name}",
            "arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}",
        },
        limitation="CloudWatch alarms: notify, but not verified to fire; API Gateway publishes no metrics",
    ),
    "aws_sns_topic": ResourceType(
        "sns",
        Call(
            "CreateTopic",
            names={
                "kms_master_key_id": "Attributes.KmsMasterKeyId",
                "display_name": "Attributes.DisplayName",
                "policy": "Attributes.Policy",
                "tracing_config": "Attributes.TracingConfig",
            },
            returns={"arn": "TopicArn", "id": "TopicArn"},
        ),
    ),
    "aws_sns_topic_policy": ResourceType(
        "sns",
        Call(
            "SetTopicAttributes",
            names={"arn": "TopicArn", "policy": "AttributeValue"},
            constants={"AttributeName": "Policy"},
        ),
    ),
    "aws_sns_topic_subscription": ResourceType(
        "sns",
        Call(
            "Subscribe",
            constants={"ReturnSubscriptionArn": True},
            names={
                "filter_policy": "Attributes.FilterPolicy",
                "filter_policy_scope": "Attributes.FilterPolicyScope",
                "raw_message_delivery": "Attributes.RawMessageDelivery",
                "redrive_policy": "Attributes.RedrivePolicy",
            },
            returns={"arn": "SubscriptionArn", "id": "SubscriptionArn"},
        ),
        limitation="SNS: no e-mail is sent, and a subscription needs no confirmation",
    ),
}
