"""Logs, alarms and the topic that they speak on."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Call, Kind

_QUERY = "metric_query"

KINDS: Mapping[str, Kind] = {
    "aws_cloudwatch_log_group": Kind(
        "logs",
        Call("CreateLogGroup", names={"name": "logGroupName"}),
        then=(Call("PutRetentionPolicy", takes=("retention_in_days",), keys={"logGroupName": "name"}),),
        composed={
            "id": "{name}",
            "arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}",
        },
        ignored={"skip_destroy": "how a group is destroyed"},
    ),
    "aws_cloudwatch_log_resource_policy": Kind(
        "logs", Call("PutResourcePolicy"), composed={"id": "{policy_name}"}
    ),
    "aws_cloudwatch_metric_alarm": Kind(
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
        composed={
            "id": "{alarm_name}",
            "arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}",
        },
        caveat="alarms: recorded; metrics of API Gateway, on which some watch, are not made",
    ),
    "aws_sns_topic": Kind(
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
    "aws_sns_topic_policy": Kind(
        "sns",
        Call(
            "SetTopicAttributes",
            names={"arn": "TopicArn", "policy": "AttributeValue"},
            fixed={"AttributeName": "Policy"},
        ),
    ),
    "aws_sns_topic_subscription": Kind(
        "sns",
        Call(
            "Subscribe",
            fixed={"ReturnSubscriptionArn": True},
            names={
                "filter_policy": "Attributes.FilterPolicy",
                "filter_policy_scope": "Attributes.FilterPolicyScope",
                "raw_message_delivery": "Attributes.RawMessageDelivery",
                "redrive_policy": "Attributes.RedrivePolicy",
            },
            returns={"arn": "SubscriptionArn", "id": "SubscriptionArn"},
        ),
    ),
}
