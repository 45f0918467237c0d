"""Metrics and alarms."""

from dataclasses import dataclass, field
from typing import Literal

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from infra import policy
from infra.constructs.account import Account
from infra.constructs.key import Key

PERIOD_SECONDS = 300


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric.

    Attributes:
        namespace: Namespace of the metric.
        name: Name of the metric.
        dimensions: Dimensions by name.
        statistic: Aggregation over a period of five minutes.
    """

    namespace: str
    name: str
    dimensions: dict[str, str] = field(default_factory=dict)
    statistic: Literal["Sum", "Average", "Maximum"] = "Sum"


class Alarms(Construct):
    """Alarms, and the encrypted topic that receives their notifications over TLS.

    Only alarms of the account and region can publish: CloudWatch sends `aws:SourceArn` to SNS
    (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html).

    Args:
        topic_name: Name of the SNS topic.
        key: Key that encrypts the messages.
        account: Account whose alarms may publish.
        email: Address that receives the notifications, after its owner confirms the subscription; none by
            default.

    Attributes:
        topic_arn: ARN of the topic.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        topic_name: str,
        key: Key,
        account: Account,
        email: str | None,
    ) -> None:
        super().__init__(scope, id)
        topic = SnsTopic(self, "topic", name=topic_name, kms_master_key_id=key.arn)
        self.topic_arn: str = topic.arn
        SnsTopicPolicy(
            self,
            "policy",
            arn=self.topic_arn,
            policy=policy.document(
                policy.deny_insecure_transport(["sns:Publish"], [self.topic_arn]),
                policy.allow(
                    ["sns:Publish"],
                    [self.topic_arn],
                    principal={"Service": "cloudwatch.amazonaws.com"},
                    conditions={"ArnLike": {"aws:SourceArn": account.arn("cloudwatch", "alarm:*")}},
                ),
            ),
        )
        if email is not None:
            SnsTopicSubscription(self, "email", topic_arn=self.topic_arn, protocol="email", endpoint=email)

    def add_alarm(
        self,
        scope: Construct,
        id: str,
        metric: Metric,
        *,
        name: str,
        threshold: float = 5,
        periods: int = 1,
    ) -> None:
        """Add an alarm for when `metric` is at or above `threshold` in each of `periods` of five minutes.

        The default is five (errors) in one period. Missing data does not breach: nothing is wrong with a
        function that is not invoked (P8).
        """
        minutes = PERIOD_SECONDS // 60
        CloudwatchMetricAlarm(
            scope,
            id,
            alarm_name=name,
            alarm_description=f"{metric.namespace} {metric.name}: {metric.statistic} >= {threshold:g}"
            f" in {periods} x {minutes} minutes",
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=metric.dimensions,
            statistic=metric.statistic,
            period=PERIOD_SECONDS,
            evaluation_periods=periods,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
        )
