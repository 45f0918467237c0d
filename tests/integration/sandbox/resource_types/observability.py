import json

from tests.integration.sandbox.resource_types.case import KEY, Case, policy, reader

CASES = {
    "aws_cloudwatch_log_group": Case(
        KEY
        | {
            "aws_cloudwatch_log_group": {
                "x": {"name": "/mine", "retention_in_days": 30, "kms_key_id": "${aws_kms_key.k.arn}"}
            }
        },
        lambda server, _: [
            reader("logs", "describe_log_groups", f"logGroups.0.{member}", logGroupNamePrefix="/mine")(
                server, {}
            )
            for member in ("retentionInDays", "logGroupArn")
        ],
        [30, "{arn}"],
    ),
    "aws_cloudwatch_log_resource_policy": Case(
        {
            "aws_cloudwatch_log_resource_policy": {
                "x": {
                    "policy_name": "delivery",
                    "policy_document": policy(
                        "logs:PutLogEvents", Principal={"Service": "delivery.logs.amazonaws.com"}
                    ),
                }
            }
        },
        reader("logs", "describe_resource_policies", "resourcePolicies.0.policyDocument"),
        "{policy_document}",
    ),
    "aws_cloudwatch_metric_alarm": Case(
        {
            "aws_cloudwatch_metric_alarm": {
                "x": {
                    "alarm_name": "mine",
                    "comparison_operator": "GreaterThanOrEqualToThreshold",
                    "evaluation_periods": 1,
                    "metric_name": "Errors",
                    "namespace": "AWS/Lambda",
                    "dimensions": {"FunctionName": "f"},
                    "period": 300,
                    "statistic": "Sum",
                    "threshold": 5,
                    "treat_missing_data": "notBreaching",
                    "alarm_actions": ["arn:aws:sns:us-east-1:123456789012:t"],
                    "ok_actions": ["arn:aws:sns:us-east-1:123456789012:t"],
                }
            }
        },
        lambda server, attributes: [
            reader("cloudwatch", "describe_alarms", f"MetricAlarms.0.{member}", AlarmNames=["mine"])(
                server, attributes
            )
            for member in ("Dimensions", "Threshold", "TreatMissingData", "AlarmArn")
        ],
        [[{"Name": "FunctionName", "Value": "f"}], 5.0, "notBreaching", "{arn}"],
    ),
    "aws_sns_topic": Case(
        {"aws_sns_topic": {"x": {"name": "mine", "kms_master_key_id": "alias/aws/sns"}}},
        reader("sns", "get_topic_attributes", "Attributes.KmsMasterKeyId", TopicArn="{arn}"),
        "alias/aws/sns",
    ),
    "aws_sns_topic_policy": Case(
        {
            "aws_sns_topic": {"t": {"name": "with-policy"}},
            "aws_sns_topic_policy": {
                "x": {
                    "arn": "${aws_sns_topic.t.arn}",
                    "policy": policy("sns:Publish", Principal="*", Resource="${aws_sns_topic.t.arn}"),
                }
            },
        },
        lambda server, attributes: json.loads(
            reader("sns", "get_topic_attributes", "Attributes.Policy", TopicArn="{arn}")(server, attributes)
        )["Statement"][0]["Resource"],
        "{arn}",
    ),
    "aws_sns_topic_subscription": Case(
        {
            "aws_sns_topic": {"t": {"name": "with-reader"}},
            "aws_sns_topic_subscription": {
                "x": {
                    "topic_arn": "${aws_sns_topic.t.arn}",
                    "protocol": "email",
                    "endpoint": "me@example.com",
                }
            },
        },
        reader("sns", "list_subscriptions_by_topic", "Subscriptions.0.Endpoint", TopicArn="{topic_arn}"),
        "me@example.com",
    ),
}
