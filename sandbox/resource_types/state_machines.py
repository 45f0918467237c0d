"""Step Functions."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Attributes, Call, Context, Kind

_LOGGING = "logging_configuration"


def _log_destination(attributes: Attributes, _: Context) -> Attributes:
    """Put the one log destination, a log group's ARN, where the API has a list of structures."""
    if not attributes.get(_LOGGING):
        return attributes
    given = attributes[_LOGGING]
    block = dict(given[0] if isinstance(given, list) else given)
    if "log_destination" in block:
        group = {"log_group_arn": block.pop("log_destination")}
        block["destinations"] = [{"cloud_watch_logs_log_group": group}]
    return attributes | {_LOGGING: block}


KINDS: Mapping[str, Kind] = {
    "aws_sfn_state_machine": Kind(
        "stepfunctions",
        Call(
            "CreateStateMachine",
            reshape=_log_destination,
            returns={"arn": "stateMachineArn", "id": "stateMachineArn"},
        ),
        caveat="state machines: their tasks are not held to the machine's role, and no trace is kept",
    ),
}
