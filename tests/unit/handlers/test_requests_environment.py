"""Environment variables of the requests functions."""

import pytest

from handlers.common.environment import load
from handlers.requests.environment import CompleteEnvironment, ReceiveEnvironment

VALUES = {
    "BUCKET_NAME": "requests",
    "TABLE_NAME": "rows",
    "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    "STATE_MACHINE_TYPE": "STANDARD",
}


def test_both_functions_read_their_variables() -> None:
    environment = load(CompleteEnvironment, {**VALUES, "CORS_ORIGINS": "not read"})
    assert environment == CompleteEnvironment(
        log_level="INFO",
        bucket_name="requests",
        table_name="rows",
        state_machine_arn=VALUES["STATE_MACHINE_ARN"],
        state_machine_type="STANDARD",
    )
    assert environment.logger().service == "requests"


def test_api_also_reads_origins() -> None:
    assert load(ReceiveEnvironment, VALUES).cors_origins == ("*",)
    origin = "https://a.example"
    assert load(ReceiveEnvironment, {**VALUES, "CORS_ORIGINS": origin}).cors_origins == (origin,)


@pytest.mark.parametrize("model", [ReceiveEnvironment, CompleteEnvironment])
@pytest.mark.parametrize("name", VALUES)
def test_missing_variable_is_named(model: type[CompleteEnvironment], name: str) -> None:
    with pytest.raises(ValueError, match=f"^invalid environment: {name}: Required"):
        load(model, {other: value for other, value in VALUES.items() if other != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STATE_MACHINE_ARN", "machine"),
        ("STATE_MACHINE_ARN", "arn:aws:states:us-east-1:123456789012:execution:machine:1"),
        ("STATE_MACHINE_ARN", f"{VALUES['STATE_MACHINE_ARN']}:1"),
        ("STATE_MACHINE_TYPE", "standard"),
        ("STATE_MACHINE_TYPE", ""),
        ("BUCKET_NAME", " "),
        ("LOG_LEVEL", "info"),
    ],
)
def test_invalid_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^invalid environment: {name}: "):
        load(CompleteEnvironment, {**VALUES, name: value})


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_state_machine_arn_of_any_partition_is_accepted(partition: str) -> None:
    arn = VALUES["STATE_MACHINE_ARN"].replace("aws", partition)
    assert load(CompleteEnvironment, {**VALUES, "STATE_MACHINE_ARN": arn}).state_machine_arn == arn
