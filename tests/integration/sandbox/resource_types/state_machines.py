import json
from collections.abc import Callable

from sandbox.resource_types.resource_type import Attributes
from sandbox.server.process import Server
from synthesized.stack import JSON
from tests.integration.sandbox.resource_types.case import TAGS, Case, assumed_by, reader

DEFINITION = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}})


def described(path: str) -> Callable[[Server, Attributes], JSON]:
    return reader("stepfunctions", "describe_state_machine", path, stateMachineArn="{arn}")


CASES = {
    "aws_sfn_state_machine": Case(
        {
            "aws_iam_role": {"r": {"name": "machine", "assume_role_policy": assumed_by("states")}},
            "aws_cloudwatch_log_group": {"g": {"name": "/aws/vendedlogs/states/mine"}},
            "aws_sfn_state_machine": {
                "x": {
                    "name": "mine",
                    "role_arn": "${aws_iam_role.r.arn}",
                    "type": "STANDARD",
                    "definition": DEFINITION,
                    "logging_configuration": {
                        "level": "ALL",
                        "include_execution_data": True,
                        "log_destination": "${aws_cloudwatch_log_group.g.arn}:*",
                    },
                    "tracing_configuration": {"enabled": True},
                    "tags": {"Name": "mine"},
                }
            },
        },
        lambda server, attributes: [
            *(
                described(path)(server, attributes)
                for path in (
                    "type",
                    "roleArn",
                    "definition",
                    "loggingConfiguration.level",
                    "loggingConfiguration.destinations.0.cloudWatchLogsLogGroup.logGroupArn",
                )
            ),
            reader("stepfunctions", "list_tags_for_resource", "tags", resourceArn="{id}")(server, attributes),
        ],
        [
            "STANDARD",
            "{role_arn}",
            "{definition}",
            "ALL",
            "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/mine:*",
            [{"key": name, "value": value} for name, value in TAGS.items()],
        ],
    ),
}
