from pathlib import Path

import pytest

from sandbox.engines.loader.document import JSON
from sandbox.resource_types import KINDS
from sandbox.resource_types.kind import Context

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:g:*"
DESTINATIONS = [{"cloud_watch_logs_log_group": {"log_group_arn": GROUP}}]


@pytest.mark.parametrize(
    ("given", "reshaped"),
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
def test_a_state_machine_s_log_destination(given: dict[str, JSON], reshaped: JSON) -> None:
    call = KINDS["aws_sfn_state_machine"].create
    assert call
    assert call.reshape
    assert call.reshape(given, Context("", "", "", Path())) == reshaped
