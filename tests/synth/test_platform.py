"""P1 to P13: what every stack has, whatever workloads are on."""

import json

import pytest
from cdktf import Testing

from infra.constructs.function import NETWORK_INTERFACE_ACTIONS
from infra.constructs.state_machine import LOG_DELIVERY_ACTIONS
from tests.grants import EXECUTION, statements
from tests.synthesis import Synthesize
from tests.template import Attributes, Template, construct_path

STATEFUL = ("aws_s3_bucket", "aws_dynamodb_table", "aws_secretsmanager_secret")
TAGS = {"Project": "trainr963", "Environment": "dev", "Owner": "platform", "ManagedBy": "cdktf"}


def test_state_is_remote_encrypted_and_locked(stack: Template) -> None:
    terraform = stack.document["terraform"]
    assert terraform["required_version"] == ">= 1.11"
    assert terraform["backend"]["s3"] == {
        "bucket": "trainr963-main-terraform-state-dev",
        "key": "trainr963/main/dev/terraform.tfstate",
        "region": "us-east-1",
        "encrypt": True,
        "kms_key_id": "alias/trainr963-main-terraform-state-dev",
        "use_lockfile": True,
    }


def test_everything_is_tagged_by_default(synthesize: Synthesize) -> None:
    stack = synthesize(REPOSITORY="acme/shop", COMMIT_AUTHOR='Jane "JD" Doe')
    (provider,) = stack.document["provider"]["aws"]
    (tags,) = provider["default_tags"]
    assert tags["tags"] == TAGS | {"Repository": "acme-shop", "Author": "Jane JD Doe"}


def test_names_are_the_ones_that_the_requirements_quote(production: Template) -> None:
    names = json.dumps(production.document)
    for quoted in (
        "trainr963-synthtrainr963-lambda-get-handler-production",
        "trainr963-synthtrainr963-s3-lambda-deploy-production",
        "trainr963-synthtrainr963-dynamodb-sessions-production",
        "trainr963-synthtrainr963-apigateway-api-production",
        "/aws/lambda/trainr963-synthtrainr963-lambda-get-handler-production",
    ):
        assert f'"{quoted}"' in names


def test_outputs_bear_exactly_these_names(stack: Template) -> None:
    outputs = {name: output["value"] for name, output in stack.document["output"].items()}
    assert {"vpc-id", "api-gateway-url", "dynamodb-table-name", "s3-bucket-name"} <= set(outputs)
    assert "platform_deploy-bucket_" in outputs["s3-bucket-name"]
    assert "tasks_sessions_" in outputs["dynamodb-table-name"]


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_the_region_reaches_everything_that_names_one(synthesize: Synthesize, region: str) -> None:
    text = json.dumps(synthesize(AWS_REGION=region, STATE_REGION=region).document)
    other = {"us-east-1": "us-west-2", "us-west-2": "us-east-1"}[region]
    assert region in text
    assert other not in text


def test_key_rotates_and_serves_logs_and_alarms_alone(stack: Template) -> None:
    assert stack.one("aws_kms_key", "platform/key/key")["enable_key_rotation"] is True
    stack.every_has("aws_kms_key", "aws_kms_alias", "target_key_id")
    services = {
        str(statement["Principal"]): statement
        for address, statement in stack.policies()
        if address.startswith("aws_kms_key.platform") and "Service" in statement["Principal"]
    }
    assert set(services) == {
        "{'Service': 'logs.us-east-1.amazonaws.com'}",
        "{'Service': 'cloudwatch.amazonaws.com'}",
    }
    assert all(statement["Condition"] for statement in services.values())


def test_key_is_there_without_any_workload(synthesize: Synthesize) -> None:
    bare = synthesize(WORKLOADS="none")
    assert bare.resources("aws_kms_key")
    assert not bare.resources("aws_lambda_function", "aws_dynamodb_table", "aws_api_gateway_rest_api")
    assert "removed" not in bare.document


@pytest.mark.parametrize("kind", STATEFUL)
def test_what_holds_data_is_protected_outside_dev_and_test(
    production: Template, stack: Template, synthesize: Synthesize, kind: str
) -> None:
    guarded = {"lifecycle": {"prevent_destroy": True}}
    production.every(kind, guarded)
    stack.none(kind, guarded)
    synthesize(ENVIRONMENT="production", PROTECTION="lifted").none(kind, guarded)


def test_the_platform_key_is_protected(production: Template, stack: Template) -> None:
    assert production.one("aws_kms_key", "platform/key/key")["lifecycle"] == {"prevent_destroy": True}
    assert not stack.one("aws_kms_key", "platform/key/key")["lifecycle"]["prevent_destroy"]


def test_protection_reaches_the_services_themselves(production: Template, stack: Template) -> None:
    production.every("aws_dynamodb_table", {"deletion_protection_enabled": True})
    production.every("aws_s3_bucket", {"force_destroy": False})
    stack.every("aws_dynamodb_table", {"deletion_protection_enabled": False})
    stack.every("aws_s3_bucket", {"force_destroy": True})


@pytest.mark.parametrize(
    "companion",
    [
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_policy",
    ],
)
def test_every_bucket_has(stack: Template, companion: str) -> None:
    stack.every_has("aws_s3_bucket", companion, "bucket")


def test_every_bucket_but_the_log_bucket_logs_into_it(stack: Template) -> None:
    (log_bucket,) = (
        address for address in stack.resources("aws_s3_bucket") if "platform_log-bucket" in address
    )
    logged = stack.resources("aws_s3_bucket_logging")
    assert len(logged) == len(stack.resources("aws_s3_bucket")) - 1
    stack.every("aws_s3_bucket_logging", lambda a: log_bucket in a["target_bucket"])
    stack.every("aws_s3_bucket_logging", lambda a: a["target_prefix"].startswith("access-logs/"))


def test_every_bucket_policy_refuses_plain_http(stack: Template) -> None:
    def refuses(attributes: Attributes) -> bool:
        return any(
            statement["Effect"] == "Deny"
            and statement["Action"] == ["s3:*"]
            and len(statement["Resource"]) == 2
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for statement in json.loads(attributes["policy"])["Statement"]
        )

    stack.every("aws_s3_bucket_policy", refuses)


def test_every_bucket_tidies_up(stack: Template) -> None:
    def tidies(attributes: Attributes) -> bool:
        (rule,) = attributes["rule"]
        return bool(
            rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]
            and rule["noncurrent_version_expiration"]
        )

    stack.every("aws_s3_bucket_lifecycle_configuration", tidies)


def test_every_log_group_is_encrypted_and_forgets(stack: Template) -> None:
    stack.every("aws_cloudwatch_log_group", lambda a: "platform_key" in a["kms_key_id"])
    stack.every("aws_cloudwatch_log_group", lambda a: a["retention_in_days"] > 0)


def test_every_table_is_encrypted_with_the_keys_arn_and_recoverable(stack: Template) -> None:
    stack.every("aws_dynamodb_table", {"point_in_time_recovery": {"enabled": True}})
    stack.every("aws_dynamodb_table", lambda a: a["server_side_encryption"]["kms_key_arn"].endswith(".arn}"))


def test_every_alarm_tells_the_encrypted_topic(stack: Template) -> None:
    stack.every("aws_sns_topic", lambda a: "platform_key" in a["kms_master_key_id"])
    stack.every_has("aws_sns_topic", "aws_sns_topic_policy", "arn")
    stack.every("aws_cloudwatch_metric_alarm", lambda a: "aws_sns_topic." in a["alarm_actions"][0])
    stack.every("aws_cloudwatch_metric_alarm", {"treat_missing_data": "notBreaching"})


def test_alarms_are_mailed_where_an_address_is_set(stack: Template, synthesize: Synthesize) -> None:
    assert not stack.resources("aws_sns_topic_subscription")
    mailed = synthesize(ALARM_EMAIL="ops@example.com")
    mailed.every("aws_sns_topic_subscription", {"protocol": "email", "endpoint": "ops@example.com"})


UNNAMED = {
    **dict.fromkeys(LOG_DELIVERY_ACTIONS, "deliveries and their policies are the account's"),
    "xray:GetSamplingRules": "X-Ray knows no resources",
    "xray:GetSamplingTargets": "X-Ray knows no resources",
    "xray:PutTraceSegments": "X-Ray knows no resources",
    "xray:PutTelemetryRecords": "X-Ray knows no resources",
    "ec2:CreateNetworkInterface": "Lambda makes it before it has an ARN",
    "ec2:DeleteNetworkInterface": "Lambda makes it before it has an ARN",
    "ec2:DescribeNetworkInterfaces": "EC2 describes all or nothing",
    "ec2:DescribeSubnets": "EC2 describes all or nothing",
    "ec2:AssignPrivateIpAddresses": "Lambda makes it before it has an ARN",
    "ec2:UnassignPrivateIpAddresses": "Lambda makes it before it has an ARN",
    "cloudwatch:PutMetricData": "CloudWatch knows no resources; the namespace is a condition",
}
"""Actions that are allowed on the resource `*`, and why they cannot be held to less."""


def test_wildcards_have_a_reason(stack: Template) -> None:
    """Beyond those, `*` stands in key policies (where it means this key) and in denials alone."""
    for address, statement in stack.policies():
        if statement["Effect"] == "Deny" or address.startswith("aws_kms_key."):
            continue
        assert not [action for action in statement["Action"] if "*" in action], address
        if "*" in statement.get("Resource", []):
            assert set(statement["Action"]) <= set(UNNAMED), address


def test_code_of_functions_has_no_part_in_what_lambda_does_with_network_interfaces(stack: Template) -> None:
    for function in stack.resources("aws_lambda_function").values():
        path = construct_path(function).rpartition("/")[0]
        (statement,) = (
            s for s in statements(stack, path, EXECUTION) if "ArnEquals" in s.get("Condition", {})
        )
        assert (statement["Effect"], statement["Action"]) == ("Deny", list(NETWORK_INTERFACE_ACTIONS))
        (arn,) = statement["Condition"]["ArnEquals"].values()
        assert arn.endswith(f":function:{function['function_name']}")


def test_code_is_what_lambda_will_hash(stack: Template) -> None:
    stack.every("aws_s3_object", lambda a: a["source"].startswith("assets/"))
    # Stored before versioning is on, it would have no version for the functions to name.
    stack.every("aws_s3_object", lambda a: a["bucket"].startswith("${aws_s3_bucket_versioning."))
    stack.every("aws_lambda_layer_version", lambda a: len(a["source_code_hash"]) == 44)


def test_matchers_of_cdktf_work_on_the_stack(stack: Template) -> None:
    """What users write their own tests with."""
    synthesized = json.dumps(stack.document)
    assert Testing.to_have_data_source(synthesized, "aws_caller_identity")
    assert Testing.to_have_provider(synthesized, "aws")
    assert Testing.to_have_resource_with_properties(
        synthesized, "aws_vpc", {"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": True}
    )
