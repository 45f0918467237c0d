"""The workload requests (Q1 to Q6)."""

import json
from typing import Any

from tests.grants import statements
from tests.synthesis import Synthesize
from tests.template import Template, construct_path


def _definition(stack: Template) -> Any:  # noqa: ANN401 - JSON
    return json.loads(stack.resource("aws_sfn_state_machine", "requests/machine/machine")["definition"])


def test_api_is_a_post_at_the_root_for_signed_requests(stack: Template, synthesize: Synthesize) -> None:
    methods = stack.methods("requests/api/api")
    assert set(methods) == {"POST /", "OPTIONS /", "ANY /"}
    post = methods["POST /"]
    assert (post.authorization, post.api_key_required) == ("AWS_IAM", False)
    assert "lambda-requests-receive-dev/invocations" in str(post.integration_uri)
    permission = stack.resource("aws_lambda_permission", "requests/api/POST-permission")
    assert permission["source_arn"].endswith("/*/POST/")
    stage = stack.resource("aws_api_gateway_stage", "requests/api/stage")
    assert stage["access_log_settings"]["destination_arn"]
    assert methods["OPTIONS /"].authorization == "NONE"
    opened = synthesize(REQUESTS_AUTH="none").methods("requests/api/api")
    assert opened["POST /"].authorization == "NONE"


def test_functions(stack: Template) -> None:
    for name, timeout in (("receive", 10), ("complete", 30)):
        function = stack.resource("aws_lambda_function", f"requests/{name}/function")
        assert (function["memory_size"], function["timeout"]) == (256, timeout)
        variables = function["environment"]["variables"]
        assert {"BUCKET_NAME", "TABLE_NAME", "STATE_MACHINE_ARN"} <= set(variables)
        group = stack.resource("aws_cloudwatch_log_group", f"requests/{name}/logs/group")
        assert group["retention_in_days"] == 30
    assert "dead_letter_config" in stack.resource("aws_lambda_function", "requests/complete/function")


def test_request_id_is_the_key_of_the_table(stack: Template) -> None:
    table = stack.resource("aws_dynamodb_table", "requests/requests-table/table")
    assert (table["hash_key"], table["billing_mode"]) == ("request_id", "PAY_PER_REQUEST")
    assert table["attribute"] == [{"name": "request_id", "type": "S"}]


def test_every_stored_request_is_completed_by_an_event(stack: Template) -> None:
    (rule,) = stack.resource("aws_s3_bucket_notification", "requests/events/notification")["lambda_function"]
    assert (rule["filter_prefix"], rule["filter_suffix"]) == ("requests/", ".json")
    assert "requests_complete" in rule["lambda_function_arn"]


def test_machine_marks_the_row_once_after_its_pass_state(stack: Template) -> None:
    definition = _definition(stack)
    first = definition["States"][definition["StartAt"]]
    assert first["Type"] == "Pass"
    mark = definition["States"][first["Next"]]
    assert mark["Resource"] == "arn:aws:states:::dynamodb:updateItem"
    update = mark["Parameters"]
    assert update["Key"] == {"request_id": {"S.$": "$.request_id"}}
    assert (update["UpdateExpression"], update["ConditionExpression"]) == (
        "SET #status = :completed",
        "#status = :processing",
    )
    # The first matching retrier applies: an unmet condition is not retried.
    condition_failed, other_errors = mark["Retry"]
    assert condition_failed == {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "MaxAttempts": 0}
    assert (other_errors["BackoffRate"], other_errors["JitterStrategy"]) == (2, "FULL")
    (caught,) = mark["Catch"]
    assert caught["ErrorEquals"] == condition_failed["ErrorEquals"]
    assert definition["States"][caught["Next"]] == {"Type": "Succeed"}


def test_machine_is_traced_and_logs_no_data(stack: Template) -> None:
    machine = stack.resource("aws_sfn_state_machine", "requests/machine/machine")
    assert machine["type"] == "STANDARD"
    assert machine["tracing_configuration"] == {"enabled": True}
    logging = machine["logging_configuration"]
    assert (logging["level"], logging["include_execution_data"]) == ("ALL", False)
    group = stack.resource("aws_cloudwatch_log_group", "requests/machine/logs/group")
    assert group["name"] == "/aws/vendedlogs/states/trainr963-main-states-requests-dev"
    assert group["retention_in_days"] == 30
    assert "requests_machine_logs" in logging["log_destination"]
    assert [
        address
        for address in machine["depends_on"]
        if address.startswith("aws_iam_role_policy.requests_machine")
    ]


def test_each_type_of_machine_has_its_own_name(stack: Template, synthesize: Synthesize) -> None:
    express = synthesize(REQUESTS_STATE_MACHINE_TYPE="EXPRESS")
    machine = express.resource("aws_sfn_state_machine", "requests/machine/machine")
    assert machine["type"] == "EXPRESS"
    assert machine["name"] != stack.resource("aws_sfn_state_machine", "requests/machine/machine")["name"]
    assert _definition(express) == _definition(stack)
    for name in ("receive", "complete"):
        function = express.resource("aws_lambda_function", f"requests/{name}/function")
        assert function["environment"]["variables"]["STATE_MACHINE_TYPE"] == "EXPRESS"
        table = statements(express, f"requests/{name}")[0]
        assert table["Action"] == ["dynamodb:PutItem", "dynamodb:UpdateItem"]


def test_role_of_the_machine_can_only_update_the_table(stack: Template) -> None:
    """Only this test verifies it: MiniStack does not enforce the role of a machine."""
    role = stack.resource("aws_iam_role", "requests/machine/role/Default")
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert list(trust["Condition"]["StringEquals"]) == ["aws:SourceAccount"]
    policies = {
        construct_path(attributes)
        for attributes in stack.resources("aws_iam_role_policy").values()
        if "requests_machine_role" in attributes["role"]
    }
    assert policies == {"requests/machine/role/execution", "requests/machine/role/grants"}
    table, key = statements(stack, "requests/machine")
    assert table["Action"] == ["dynamodb:UpdateItem"]
    assert "requests_requests-table" in table["Resource"][0]
    assert key["Action"] == ["kms:Decrypt"]


def test_nobody_can_overwrite_an_accepted_request(stack: Template) -> None:
    policy = stack.resource("aws_s3_bucket_policy", "requests/payloads/policy")["policy"]
    _, overwriting = json.loads(policy)["Statement"]
    assert (overwriting["Effect"], overwriting["Principal"]) == ("Deny", "*")
    assert overwriting["Action"] == ["s3:PutObject"]
    assert overwriting["Resource"][0].endswith(".arn}/requests/*")
    assert overwriting["Condition"] == {"Null": {"s3:if-none-match": "true"}}


def test_roles_of_the_functions(stack: Template) -> None:
    table, table_key, start, objects, key = statements(stack, "requests/receive")
    assert objects["Action"] == ["s3:PutObject", "s3:GetObject"]
    assert objects["Resource"][0].endswith(".arn}/requests/*")
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert key["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    assert statements(stack, "requests/complete") == [table, table_key, start]
    assert table["Action"] == ["dynamodb:PutItem"]
    assert start["Action"] == ["states:StartExecution"]
    assert "aws_sfn_state_machine.requests_machine" in start["Resource"][0]


def test_alarms(stack: Template) -> None:
    alarms = {
        construct_path(attributes).removeprefix("requests/"): (
            attributes["namespace"],
            attributes["metric_name"],
            attributes["threshold"],
            *attributes["dimensions"],
        )
        for attributes in stack.resources("aws_cloudwatch_metric_alarm").values()
        if construct_path(attributes).startswith("requests/")
    }
    assert alarms == {
        "requests-receive-errors": ("AWS/Lambda", "Errors", 5, "FunctionName"),
        "requests-complete-errors": ("AWS/Lambda", "Errors", 5, "FunctionName"),
        "requests-complete-dead-letters": (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            1,
            "QueueName",
        ),
        "requests-failed-executions": ("AWS/States", "ExecutionsFailed", 1, "StateMachineArn"),
        "requests-api-5xx": ("AWS/ApiGateway", "5XXError", 5, "ApiName", "Stage"),
    }


def test_outputs(stack: Template) -> None:
    assert {name for name in stack.document["output"] if name.startswith("requests-")} == {
        "requests-api-url",
        "requests-bucket-name",
        "requests-table-name",
        "requests-state-machine-arn",
        "requests-complete-function-arn",
        "requests-dead-letters-url",
    }
