"""The workload records (R1 to R5)."""

import pytest

from tests.grants import statements
from tests.synthesis import Synthesize
from tests.template import Template


@pytest.mark.parametrize(("name", "action"), [("writer", "dynamodb:PutItem"), ("reader", "dynamodb:GetItem")])
def test_functions_and_their_grants(stack: Template, name: str, action: str) -> None:
    function = stack.resource("aws_lambda_function", f"records/{name}/function")
    assert (function["memory_size"], function["timeout"]) == (512, 30)
    assert "records_records-table" in function["environment"]["variables"]["DYNAMODB_TABLE_NAME"]
    assert "platform_key" in function["kms_key_arn"]
    table, key = statements(stack, f"records/{name}")
    assert table["Action"] == [action]
    assert key["Action"] == ["kms:Decrypt"]
    group = stack.resource("aws_cloudwatch_log_group", f"records/{name}/logs/group")
    assert group["retention_in_days"] == 14


def test_table_is_provisioned(stack: Template) -> None:
    table = stack.resource("aws_dynamodb_table", "records/records-table/table")
    assert (table["billing_mode"], table["read_capacity"], table["write_capacity"]) == ("PROVISIONED", 5, 5)
    assert table["hash_key"] == "id"
    assert "ttl" not in table
    assert not stack.resources("aws_appautoscaling_target", "aws_appautoscaling_policy")


def test_autoscaling_is_a_setting(synthesize: Synthesize) -> None:
    stack = synthesize(RECORDS_MAX_CAPACITY="50", RECORDS_WRITE_CAPACITY="10")
    targets = {
        attributes["scalable_dimension"]: attributes
        for attributes in stack.resources("aws_appautoscaling_target").values()
    }
    write = targets["dynamodb:table:WriteCapacityUnits"]
    assert (write["min_capacity"], write["max_capacity"]) == (10, 50)
    assert len(targets) == len(stack.resources("aws_appautoscaling_policy")) == 2
    for direction in ("read", "write"):
        path = f"records/records-table/{direction}-scaling"
        policy = stack.resource("aws_appautoscaling_policy", path)
        assert f"_{direction}-target_" in policy["scalable_dimension"]
        tracking = policy["target_tracking_scaling_policy_configuration"]
        metric = tracking["predefined_metric_specification"]["predefined_metric_type"]
        assert metric == f"DynamoDB{direction.capitalize()}CapacityUtilization"
    table = stack.resource("aws_dynamodb_table", "records/records-table/table")
    assert table["lifecycle"]["ignore_changes"] == ["read_capacity", "write_capacity"]


def test_outputs(stack: Template) -> None:
    names = {
        name.removeprefix("records-") for name in stack.document["output"] if name.startswith("records-")
    }
    function_outputs = {"function-name", "function-arn", "role-arn", "log-group-name"}
    assert names == {"table-name", "table-arn", "key-arn", "key-alias"} | {
        f"{function}-{output}" for function in ("writer", "reader") for output in function_outputs
    }
