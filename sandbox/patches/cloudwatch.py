"""Patches of CloudWatch."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

from typing import Any

from ministack.services import cloudwatch

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
