"""Step Functions."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Attributes, Call, Context, ResourceType

_LOGGING = "logging_configuration"


def _log_destination(attributes: Attributes, _: Context) -> Attributes:
    """Move the log destination, the ARN of a log group, to the API's list of structures."""
    if not attributes.get(_LOGGING):
        return attributes
    configuration = attributes[_LOGGING]
    block = dict(configuration[0] if isinstance(configuration, list) else configuration)
    if "log_destination" in block:
        group = {"log_group_arn": block.pop("log_destination")}
        block["destinations"] = [{"cloud_watch_logs_log_group": group}]
    return attributes | {_LOGGING: block}


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_sfn_state_machine": ResourceType(
        "stepfunctions",
        Call(
            "CreateStateMachine",
            transform=_log_destination,
            returns={"arn": "stateMachineArn", "id": "stateMachineArn"},
        ),
        limitation="Step Functions: the machine's role does not limit its tasks; logs and traces are missing",
    ),
}
