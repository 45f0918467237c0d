"""Patches of CloudWatch."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

from collections.abc import Mapping
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.services import cloudwatch, kms, sns

from sandbox.patches.responses import OK, Response, with_elements

MISSING_IN_XML = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "Dimensions",
    "ExtendedStatistic",
    "OKActions",
    "Period",
    "Statistic",
    "TreatMissingData",
    "Unit",
)
ACTIONS_OF_ALARM = ("AlarmActions", "OKActions", "InsufficientDataActions")
SERVICE = "cloudwatch.amazonaws.com"


def describe_alarms_completely_in_xml() -> None:
    """Return in XML what DescribeAlarms returns of an alarm in JSON.

    AWS: The protocol makes no difference
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html).

    MiniStack: Leaves `MISSING_IN_XML` out of a response in XML, the protocol of the SDK for Go and so of
    Terraform's provider, whose second plan sets them again.
    """
    describe = cloudwatch._describe_alarms

    def missing_elements(alarm_name: str) -> dict[str, Any]:
        alarm = cloudwatch._alarms[alarm_name]
        return {name: alarm.get(name) for name in MISSING_IN_XML}

    def describe_alarms(parameters: object, content: object, is_cbor: bool, is_json: bool) -> Response:
        response: Response = describe(parameters, content, is_cbor, is_json)
        if is_cbor or is_json or response[0] != OK:
            return response
        return with_elements(response, ".//{*}MetricAlarms/{*}member", missing_elements)

    cloudwatch._describe_alarms = describe_alarms


def notify_topics_as_their_policies_allow() -> None:
    """Notify a topic only if its policy, and that of its key, allow CloudWatch to publish.

    AWS: CloudWatch publishes as `cloudwatch.amazonaws.com` and drops what is not allowed. A condition of the
    topic's policy can compare `aws:SourceArn` with the ARN of the alarm
    (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html). An encrypted topic also
    needs `kms:GenerateDataKey*` and `kms:Decrypt` in the policy of its key. AWS documents no condition for
    these two, so here their calls have no source
    (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).

    MiniStack: Publishes whatever the policies say.
    """
    dispatch = cloudwatch._dispatch_alarm_actions

    def dispatch_alarm_actions(alarm: Mapping[str, Any], *transition: str) -> None:
        allowed = {
            name: [action for action in alarm.get(name) or [] if _is_allowed(alarm["AlarmArn"], action)]
            for name in ACTIONS_OF_ALARM
        }
        dispatch({**alarm, **allowed}, *transition)

    cloudwatch._dispatch_alarm_actions = dispatch_alarm_actions


def _is_allowed(alarm_arn: str, topic_arn: str) -> bool:
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return False
    attributes = topic["attributes"]
    source = {"aws:sourcearn": alarm_arn, "aws:sourceaccount": alarm_arn.split(":")[4]}
    if not _allows(attributes.get("Policy"), "sns:Publish", topic_arn, source):
        return False
    key = attributes.get("KmsMasterKeyId") and kms._resolve_key(attributes["KmsMasterKeyId"])
    return not key or all(
        _allows(key["Policy"], action, key["Arn"], {}) for action in ("kms:GenerateDataKey", "kms:Decrypt")
    )


def _allows(policy: str | None, action: str, resource: str, context: Mapping[str, str]) -> bool:
    request = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=resource.split(":")[3],
        secure_transport=True,
        service_context=dict(context),
    )
    return bool(evaluate_resource_policy(policy, request, service=SERVICE).decision == "Allow")
