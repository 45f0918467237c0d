"""Alarms notify the encrypted topic (P8, P10)."""

from assurance.loaded_stack import LoadedStack
from tests.subscriptions import Subscription


def test_every_alarm_reaches_the_topic(stack: LoadedStack) -> None:
    subscription = Subscription(stack.server, stack.resource("aws_sns_topic", "alarms")["arn"])
    alarms = [
        attributes["alarm_name"]
        for address, attributes in stack.loaded.attributes.items()
        if address.startswith("aws_cloudwatch_metric_alarm.")
    ]
    assert alarms
    cloudwatch = stack.client("cloudwatch")
    for alarm in alarms:
        for state in ("ALARM", "OK"):
            cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="test")
            assert [
                (message["AlarmName"], message["NewStateValue"]) for message in subscription.messages()
            ] == [(alarm, state)]
