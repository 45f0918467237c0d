"""F1 to F6."""

import json

import pytest

from tests.grants import statements
from tests.synthesis import Synthesize
from tests.template import Attributes, Template, construct_path

PROCESSORS = {"image": (1024, 300), "document": (2048, 900), "data": (512, 300)}
SUFFIXES = {"image": (".jpg", ".jpeg", ".png"), "document": (".pdf", ".txt"), "data": (".csv", ".json")}
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.some.model-v1:0"
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/some.model-v1:0"


def _function(stack: Template, name: str) -> Attributes:
    return stack.resource("aws_lambda_function", f"files/{name}/function")


def test_bucket(stack: Template, synthesize: Synthesize) -> None:
    (rule,) = stack.resource("aws_s3_bucket_lifecycle_configuration", "files/documents/lifecycle")["rule"]
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 30}]
    (cors,) = stack.resource("aws_s3_bucket_cors_configuration", "files/documents/cors")["cors_rule"]
    assert (cors["allowed_origins"], cors["allowed_methods"]) == (["*"], ["GET", "POST"])
    named = synthesize(CORS_ORIGINS="https://a.example")
    (cors,) = named.resource("aws_s3_bucket_cors_configuration", "files/documents/cors")["cors_rule"]
    assert cors["allowed_origins"] == ["https://a.example"]
    assert not synthesize(CORS_ORIGINS="none").resources("aws_s3_bucket_cors_configuration")


def test_each_suffix_in_lower_and_upper_case_invokes_its_function(stack: Template) -> None:
    rules = stack.resource("aws_s3_bucket_notification", "files/events/notification")["lambda_function"]
    functions = {
        rule["filter_suffix"]: name
        for rule in rules
        for name in PROCESSORS
        if f"files_{name}_function" in rule["lambda_function_arn"]
    }
    assert functions == {
        key_suffix: name
        for name, suffixes in SUFFIXES.items()
        for suffix in suffixes
        for key_suffix in (suffix, suffix.upper())
    }
    assert len(rules) == len(functions)
    assert all("filter_prefix" not in rule for rule in rules)


@pytest.mark.parametrize("name", PROCESSORS)
def test_processors(stack: Template, name: str) -> None:
    function = _function(stack, name)
    assert (function["memory_size"], function["timeout"]) == PROCESSORS[name]
    assert f"files_{name}-dead-letters" in function["dead_letter_config"]["target_arn"]
    retries = stack.resource("aws_lambda_function_event_invoke_config", f"files/{name}/async")
    assert retries["maximum_retry_attempts"] == 2
    objects, bucket, _, table, _ = statements(stack, f"files/{name}")
    assert objects["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert bucket["Action"] == ["s3:ListBucket"]
    assert bucket["Resource"][0].endswith(".arn}")
    assert table["Action"] == ["dynamodb:UpdateItem"]
    attributes = set(table["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"])
    assert "id" in attributes
    assert not attributes & {"owner", "name", "content_type", "created_at"}


def test_log_groups_keep_events_for_a_week(stack: Template) -> None:
    groups = [
        attributes
        for attributes in stack.resources("aws_cloudwatch_log_group").values()
        if "files/" in construct_path(attributes)
    ]
    kept = {
        attributes["retention_in_days"]
        for attributes in groups
        if construct_path(attributes).startswith("files/")
    }
    assert kept == {7}


def test_concurrency_is_reserved_only_in_production(stack: Template, production: Template) -> None:
    for name, reserved in {"image": 10, "document": 5, "data": 10, "api": 20}.items():
        assert "reserved_concurrent_executions" not in _function(stack, name)
        assert _function(production, name)["reserved_concurrent_executions"] == reserved
    (tasks,) = (
        attributes
        for attributes in production.resources("aws_lambda_function").values()
        if "get-handler" in attributes["function_name"]
    )
    assert "reserved_concurrent_executions" not in tasks


def test_api_can_presign_only_objects_under_its_prefix(stack: Template) -> None:
    function = _function(stack, "api")
    assert (function["memory_size"], function["timeout"]) == (256, 29)
    objects, key, table, _ = statements(stack, "files/api")
    assert objects["Action"] == ["s3:GetObjectVersion", "s3:PutObject"]
    assert objects["Resource"][0].endswith(".arn}/files/*")
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    context = key["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
    assert [arn.rpartition("}")[2] for arn in context] == ["", "/files/*"]
    assert table["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"]


def test_api_requires_a_key_and_a_valid_body(stack: Template) -> None:
    api, methods = stack.api("files/rest-api/api"), stack.methods("files/rest-api/api")
    called = {name: method for name, method in methods.items() if not method.is_mock}
    paths = ("/files/{id}", "/files/{id}/metadata")
    assert set(called) == {
        "POST /files",
        *(f"{method} {path}" for path in paths for method in ("GET", "HEAD")),
    }
    for method in called.values():
        assert method.api_key_required
        validator = api["x-amazon-apigateway-request-validators"][
            method.operation["x-amazon-apigateway-request-validator"]
        ]
        assert validator == {"validateRequestBody": True, "validateRequestParameters": True}
    model = api["components"]["schemas"]["NewFile"]
    assert model["required"] == ["name", "content_type"]
    assert model["additionalProperties"] is False
    body = called["POST /files"].operation["requestBody"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/NewFile"}


def test_stage_is_throttled(stack: Template) -> None:
    settings = stack.resource("aws_api_gateway_method_settings", "files/rest-api/settings")
    assert settings["method_path"] == "*/*"
    assert settings["settings"]["throttling_rate_limit"] == 100
    assert settings["settings"]["throttling_burst_limit"] == 200


def test_each_client_has_a_key_and_a_plan(synthesize: Synthesize) -> None:
    stack = synthesize(FILES_CLIENTS="shop,back-office")
    for client in ("shop", "back-office"):
        plan = stack.resource("aws_api_gateway_usage_plan", f"files/client-{client}/plan")
        assert plan["throttle_settings"] == {"rate_limit": 50, "burst_limit": 100}
        assert plan["quota_settings"] == {"limit": 100_000, "period": "DAY"}
        plan_key = stack.resource("aws_api_gateway_usage_plan_key", f"files/client-{client}/plan-key")
        assert f"files_client-{client}_api-key_" in plan_key["key_id"]
        assert f"files_client-{client}_plan" in plan_key["usage_plan_id"]
        parameter = stack.resource("aws_ssm_parameter", f"files/client-{client}/api-key/parameter/parameter")
        assert parameter["type"] == "SecureString"
        assert f"files-api-key-parameter-{client}" in stack.document["output"]


@pytest.mark.parametrize(("quota", "expected"), [("10", {"limit": 10, "period": "DAY"}), ("none", None)])
def test_quota_of_clients_follows_the_setting(
    synthesize: Synthesize, quota: str, expected: dict[str, object] | None
) -> None:
    stack = synthesize(FILES_CLIENT_QUOTA=quota)
    plan = stack.resource("aws_api_gateway_usage_plan", "files/client-default/plan")
    assert plan.get("quota_settings") == expected


def test_keys_of_clients_are_protected_like_files(stack: Template, production: Template) -> None:
    production.assert_every("aws_api_gateway_api_key", {"lifecycle": {"prevent_destroy": True}})
    stack.assert_none("aws_api_gateway_api_key", {"lifecycle": {"prevent_destroy": True}})


def test_summaries_are_off_by_default(stack: Template) -> None:
    assert "bedrock" not in json.dumps(stack.document)
    for name in ("document", "data"):
        assert _function(stack, name)["environment"]["variables"]["SUMMARY_MODEL"] == ""


def test_the_first_summary_model_is_used_and_only_the_listed_models_are_granted(
    synthesize: Synthesize,
) -> None:
    stack = synthesize(FILES_SUMMARY_MODELS=f"{PROFILE},{MODEL}")
    for name in ("document", "data"):
        assert _function(stack, name)["environment"]["variables"]["SUMMARY_MODEL"] == PROFILE
        summary = statements(stack, f"files/{name}")[-1]
        assert summary["Action"] == ["bedrock:InvokeModel"]
        assert summary["Resource"] == [PROFILE, MODEL]
    allowed = [
        attributes
        for attributes in stack.resources("aws_iam_role_policy").values()
        if "bedrock" in attributes["policy"]
    ]
    assert len(allowed) == 2


def test_alarms(stack: Template) -> None:
    metrics = {
        construct_path(attributes).removeprefix("files/files-"): attributes["metric_name"]
        for attributes in stack.resources("aws_cloudwatch_metric_alarm").values()
        if construct_path(attributes).startswith("files/")
    }
    assert metrics == {
        **{f"{name}-errors": "Errors" for name in (*PROCESSORS, "api")},
        **{f"{name}-dead-letters": "ApproximateNumberOfMessagesVisible" for name in PROCESSORS},
        "api-5xx": "5XXError",
    }


def test_outputs(stack: Template) -> None:
    assert {name for name in stack.document["output"] if name.startswith("files-")} == {
        "files-api-url",
        "files-bucket-name",
        "files-table-name",
        "files-api-key-parameter-default",
        *(f"files-{name}-{output}" for name in PROCESSORS for output in ("function-arn", "dead-letters-url")),
    }
