from pathlib import Path

import pytest

from sandbox.resource_types import RESOURCE_TYPES
from sandbox.resource_types.resource_type import Context
from synthesized.stack import JSON

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:g:*"
DESTINATIONS = [{"cloud_watch_logs_log_group": {"log_group_arn": GROUP}}]


@pytest.mark.parametrize(
    ("arguments", "transformed"),
    [
        ({"name": "m"}, {"name": "m"}),
        (
            {"logging_configuration": {"level": "ALL", "log_destination": GROUP}},
            {"logging_configuration": {"level": "ALL", "destinations": DESTINATIONS}},
        ),
        (
            {"logging_configuration": [{"log_destination": GROUP}]},
            {"logging_configuration": {"destinations": DESTINATIONS}},
        ),
        ({"logging_configuration": [{"level": "OFF"}]}, {"logging_configuration": {"level": "OFF"}}),
    ],
)
def test_log_destination_of_state_machine_is_moved_to_a_list(
    arguments: dict[str, JSON], transformed: JSON
) -> None:
    call = RESOURCE_TYPES["aws_sfn_state_machine"].create
    assert call
    assert call.transform
    assert call.transform(arguments, Context("", "", "", Path())) == transformed
