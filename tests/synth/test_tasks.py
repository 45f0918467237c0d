"""The workload tasks (T1 to T7) and the functions of all workloads (P8)."""

import json

import pytest

from synthesized.stack import unique_id
from tests.grants import EXECUTION, statements
from tests.synthesis import Synthesize
from tests.template import Attributes, Template, construct_path

METHODS = ("get", "post", "put", "delete")
TASKS_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "ANY"}


@pytest.fixture
def stack(synthesize: Synthesize) -> Template:
    """The platform and the workload tasks alone."""
    return synthesize(WORKLOADS="tasks")


@pytest.mark.parametrize("method", METHODS)
def test_functions(stack: Template, method: str) -> None:
    function = stack.resource("aws_lambda_function", f"tasks/{method}-handler/function")
    assert function["function_name"] == f"trainr963-main-lambda-{method}-handler-dev"
    assert (function["memory_size"], function["timeout"]) == (256, 10)
    variables = function["environment"]["variables"]
    assert (variables["LOG_LEVEL"], variables["DEBUG_ENABLED"], variables["REGION"]) == (
        "INFO",
        "false",
        "us-east-1",
    )
    assert "tasks_sessions" in variables["DYNAMODB_TABLE"]


def test_every_function_is_traced_private_encrypted_and_has_the_same_runtime(stack: Template) -> None:
    stack.assert_every(
        "aws_lambda_function",
        {
            "runtime": "python3.14",
            "architectures": ["arm64"],
            "tracing_config": {"mode": "Active"},
            "replace_security_groups_on_destroy": True,
        },
    )
    stack.assert_every(
        "aws_lambda_function", lambda attributes: len(attributes["vpc_config"]["subnet_ids"]) == 2
    )
    stack.assert_every("aws_lambda_function", lambda attributes: "platform_key" in attributes["kms_key_arn"])
    stack.assert_every("aws_lambda_function", lambda attributes: len(attributes["source_code_hash"]) == 44)
    stack.assert_none(
        "aws_lambda_function", lambda attributes: "reserved_concurrent_executions" in attributes
    )


def test_every_function_has_its_own_role_log_group_and_alarm(stack: Template) -> None:
    functions = stack.resources("aws_lambda_function").values()
    assert len({attributes["role"] for attributes in functions}) == len(functions)
    assert len({attributes["logging_config"]["log_group"] for attributes in functions}) == len(functions)
    stack.assert_every(
        "aws_lambda_function",
        lambda attributes: (
            f"/aws/lambda/{attributes['function_name']}" in _names(stack, "aws_cloudwatch_log_group")
        ),
    )
    alarms = [
        attributes
        for attributes in stack.resources("aws_cloudwatch_metric_alarm").values()
        if _on_errors(attributes)
    ]
    alarm_dimensions = json.dumps([attributes["dimensions"] for attributes in alarms])
    stack.assert_every("aws_lambda_function", lambda attributes: unique_id(attributes) in alarm_dimensions)
    own = [attributes for attributes in alarms if "tasks_" in json.dumps(attributes["dimensions"])]
    assert all(
        (attributes["threshold"], attributes["period"], attributes["evaluation_periods"]) == (5, 300, 1)
        for attributes in own
    )
    assert all(list(attributes["dimensions"]) == ["FunctionName"] for attributes in own)


def test_every_role_can_decrypt_only_the_environment_of_its_own_function(stack: Template) -> None:
    """See docs/decisions/0006-survive-recreated-roles.md."""
    for function in stack.resources("aws_lambda_function").values():
        path = construct_path(function).rpartition("/")[0]
        (statement,) = (
            statement
            for statement in statements(stack, path, EXECUTION)
            if "kms:Decrypt" in statement["Action"]
        )
        (arn,) = statement["Condition"]["StringEquals"].values()
        assert arn.endswith(f":function:{function['function_name']}")
        assert statement["Action"] == ["kms:Decrypt"]


def test_no_role_can_create_a_log_group(stack: Template) -> None:
    """Statements deny it if a managed policy allows it. No other policy allows it."""
    denied = {
        address.partition(".")[2].partition("_role_execution")[0]
        for address, statement in stack.policies()
        if statement["Effect"] == "Deny" and statement["Action"] == ["logs:CreateLogGroup"]
    }
    attached = stack.resources("aws_iam_role_policy_attachment")
    assert denied == {
        address.partition(".")[2].rpartition("_AWSLambdaBasic")[0]
        for address in attached
        if "AWSLambdaBasicExecutionRole" in address
    }
    for address, statement in stack.policies():
        if statement["Effect"] == "Allow" and not address.startswith("aws_kms_key."):
            assert "logs:CreateLogGroup" not in statement["Action"]


@pytest.mark.parametrize(
    ("method", "actions"),
    [
        ("get", {"dynamodb:GetItem", "dynamodb:Scan", "kms:Decrypt", "kms:GenerateMac", "kms:VerifyMac"}),
        ("post", {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "kms:Decrypt"}),
        ("put", {"dynamodb:UpdateItem", "kms:Decrypt"}),
        ("delete", {"dynamodb:DeleteItem", "kms:Decrypt"}),
    ],
)
def test_roles_have_the_managed_policies_and_the_required_actions(
    stack: Template, method: str, actions: set[str]
) -> None:
    """The roles of T2."""
    own = [
        statement
        for address, statement in stack.policies()
        if address.startswith(f"aws_iam_role_policy.tasks_{method}-handler")
        and statement["Effect"] == "Allow"
    ]
    assert {action for statement in own for action in statement["Action"]} == actions
    managed = {
        attributes["policy_arn"].rpartition("/")[2]
        for attributes in stack.resources("aws_iam_role_policy_attachment").values()
        if f"tasks_{method}-handler" in attributes["role"]
    }
    assert managed == {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSXRayDaemonWriteAccess",
    }


def test_every_grant_of_the_platform_key_requires_an_encryption_context(stack: Template) -> None:
    for address, statement in stack.policies():
        if address.startswith("aws_iam_role_policy.") and "platform_key" in str(statement["Resource"]):
            keys = [key for operator in statement["Condition"].values() for key in operator]
            assert any(key.startswith("kms:EncryptionContext:") for key in keys), address


def test_sessions_table(stack: Template) -> None:
    """The table of T5."""
    table = stack.resource("aws_dynamodb_table", "tasks/sessions/table")
    assert table["name"] == "trainr963-main-dynamodb-sessions-dev"
    assert (table["billing_mode"], table["hash_key"]) == ("PAY_PER_REQUEST", "id")
    assert table["ttl"] == {"attribute_name": "expires_at", "enabled": True}


def test_routes(stack: Template) -> None:
    """Both paths have methods, a preflight and a response to all other methods (T3)."""
    assert set(stack.methods("tasks/api/api")) == {
        *(f"{method} /tasks" for method in TASKS_METHODS),
        *(f"{method} /tasks/{{id}}" for method in TASKS_METHODS - {"POST"}),
    }
    permissions = [
        attributes
        for attributes in stack.resources("aws_lambda_permission").values()
        if "execution_arn" in attributes["source_arn"]
    ]
    assert len(permissions) == 9
    assert all("execution_arn}/*/" in attributes["source_arn"] for attributes in permissions)
    stack.assert_every("aws_api_gateway_rest_api", {"endpoint_configuration": {"types": ["REGIONAL"]}})


@pytest.mark.parametrize(
    ("auth", "authorization", "key"),
    [("api_key", "NONE", True), ("iam", "AWS_IAM", False), ("none", "NONE", False)],
)
def test_auth_modes(synthesize: Synthesize, auth: str, authorization: str, key: bool) -> None:
    stack = synthesize(WORKLOADS="tasks", TASKS_AUTH=auth)
    for method in stack.methods("tasks/api/api").values():
        expected = ("NONE", False) if method.is_mock else (authorization, key)
        assert (method.authorization, method.api_key_required) == expected
    assert bool(stack.resources("aws_api_gateway_api_key")) is key
    responses = stack.api("tasks/api/api")["x-amazon-apigateway-gateway-responses"]
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == ("403" if auth == "iam" else "404")


def test_api_key_is_generated_by_api_gateway_and_stored_in_ssm(stack: Template) -> None:
    """The key is in SSM and not in the configuration (T6, P13)."""
    stack.assert_none("aws_api_gateway_api_key", lambda attributes: "value" in attributes)
    stack.assert_every("aws_ssm_parameter", {"type": "SecureString"})
    stack.assert_every(
        "aws_ssm_parameter", lambda attributes: "aws_api_gateway_api_key." in attributes["value"]
    )
    stack.assert_every(
        "aws_api_gateway_usage_plan", {"throttle_settings": {"rate_limit": 50, "burst_limit": 100}}
    )


def test_log_retention_access_logs_and_5xx_alarm(stack: Template) -> None:
    """The logs and the alarm of T7."""
    groups = stack.resources("aws_cloudwatch_log_group")
    assert all(
        attributes["retention_in_days"] == 30 for name, attributes in groups.items() if ".tasks_" in name
    )
    stack.assert_every(
        "aws_api_gateway_stage",
        lambda attributes: "tasks_api_logs" in attributes["access_log_settings"]["destination_arn"],
    )
    stack.assert_every("aws_api_gateway_stage", {"xray_tracing_enabled": True})
    alarm = stack.resource("aws_cloudwatch_metric_alarm", "tasks/api-5xx")
    assert (alarm["namespace"], alarm["metric_name"], alarm["threshold"]) == ("AWS/ApiGateway", "5XXError", 5)
    assert set(alarm["dimensions"]) == {"ApiName", "Stage"}
    assert "aws_api_gateway_account" not in stack.document["resource"]


def test_errors_of_the_gateway_have_cors_headers_and_problem_json(stack: Template) -> None:
    responses = stack.api("tasks/api/api")["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(responses)
    for response in responses.values():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"


def test_only_changes_of_the_api_result_in_a_new_deployment(stack: Template, synthesize: Synthesize) -> None:
    def triggers(template: Template) -> str:
        return str(template.resource("aws_api_gateway_deployment", "tasks/api/deployment")["triggers"])

    assert triggers(synthesize(WORKLOADS="tasks", CORS_ORIGINS="https://example.com")) != triggers(stack)
    assert triggers(synthesize(WORKLOADS="tasks", TASKS_AUTH="none")) != triggers(stack)
    assert triggers(synthesize(WORKLOADS="tasks", OWNER="somebody")) == triggers(stack)
    stack.assert_every("aws_api_gateway_deployment", {"lifecycle": {"create_before_destroy": True}})


def test_settings_reach_the_functions(synthesize: Synthesize) -> None:
    stack = synthesize(
        WORKLOADS="tasks",
        TASKS_PUT_MEMORY_MB="512",
        TASKS_PUT_TIMEOUT_SECONDS="20",
        TASKS_PUT_RESERVED_CONCURRENCY="3",
        TASKS_PUT_LOG_RETENTION_DAYS="7",
        TASKS_REQUIRE_IF_MATCH="true",
        ARCHITECTURE="x86_64",
        CORS_ORIGINS="https://a.example,https://b.example",
    )
    stack.assert_every("aws_lambda_function", {"architectures": ["x86_64"]})
    put = stack.resource("aws_lambda_function", "tasks/put-handler/function")
    assert (put["memory_size"], put["timeout"], put["reserved_concurrent_executions"]) == (512, 20, 3)
    assert (
        stack.resource("aws_cloudwatch_log_group", "tasks/put-handler/logs/group")["retention_in_days"] == 7
    )
    assert stack.resource("aws_lambda_function", "tasks/get-handler/function")["memory_size"] == 256
    assert put["environment"]["variables"]["REQUIRE_IF_MATCH"] == "true"
    assert put["environment"]["variables"]["CORS_ORIGINS"] == "https://a.example,https://b.example"


def _names(stack: Template, resource_type: str) -> set[str]:
    return {attributes["name"] for attributes in stack.resources(resource_type).values()}


def _on_errors(attributes: Attributes) -> bool:
    return bool(attributes["namespace"] == "AWS/Lambda" and attributes["metric_name"] == "Errors")
