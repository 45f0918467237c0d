"""The shared part of the stack, which exists with any selection of workloads (P1 to P13)."""

import json
import re

import cdktf
import pytest

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


def test_all_resources_are_tagged_by_default(synthesize: Synthesize) -> None:
    stack = synthesize(REPOSITORY="acme/shop", COMMIT_AUTHOR='Jane "JD" Doe')
    (provider,) = stack.document["provider"]["aws"]
    (tags,) = provider["default_tags"]
    assert tags["tags"] == TAGS | {"Repository": "acme-shop", "Author": "Jane JD Doe"}


def test_names_are_those_in_the_requirements(production: Template) -> None:
    names = json.dumps(production.document)
    for name in (
        "trainr963-synthtrainr963-lambda-get-handler-production",
        "trainr963-synthtrainr963-s3-lambda-deploy-production",
        "trainr963-synthtrainr963-dynamodb-sessions-production",
        "trainr963-synthtrainr963-apigateway-api-production",
        "/aws/lambda/trainr963-synthtrainr963-lambda-get-handler-production",
    ):
        assert f'"{name}"' in names


def test_outputs_have_the_required_names(stack: Template) -> None:
    outputs = {name: output["value"] for name, output in stack.document["output"].items()}
    assert {"vpc-id", "api-gateway-url", "dynamodb-table-name", "s3-bucket-name"} <= set(outputs)
    assert "platform_deploy-bucket_" in outputs["s3-bucket-name"]
    assert "tasks_sessions_" in outputs["dynamodb-table-name"]


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_the_region_is_used_everywhere(synthesize: Synthesize, region: str) -> None:
    text = json.dumps(synthesize(AWS_REGION=region, STATE_REGION=region).document)
    other = {"us-east-1": "us-west-2", "us-west-2": "us-east-1"}[region]
    assert region in text
    assert other not in text


def test_key_rotates_and_allows_only_the_services_for_logs_and_alarms(stack: Template) -> None:
    assert stack.resource("aws_kms_key", "platform/key/key")["enable_key_rotation"] is True
    stack.assert_every_is_named("aws_kms_key", "aws_kms_alias", "target_key_id")
    services = {
        str(statement["Principal"]): statement
        for address, statement in stack.policies()
        if address.startswith("aws_kms_key.platform") and "Service" in statement["Principal"]
    }
    logs, alarms = "{'Service': 'logs.us-east-1.amazonaws.com'}", "{'Service': 'cloudwatch.amazonaws.com'}"
    assert set(services) == {logs, alarms}
    assert services[logs]["Condition"]
    # AWS documents no condition for alarms, and one that never matches would drop every notification.
    assert "Condition" not in services[alarms]


def test_only_alarms_of_the_account_and_region_can_publish(stack: Template) -> None:
    (statement,) = (
        statement
        for address, statement in stack.policies()
        if address.startswith("aws_sns_topic_policy.") and statement["Effect"] == "Allow"
    )
    (arn,) = statement["Condition"]["ArnLike"].values()
    assert re.fullmatch(r"arn:aws:cloudwatch:us-east-1:\$\{.*account_id\}:alarm:\*", arn)


def test_the_key_exists_without_workloads(synthesize: Synthesize) -> None:
    without_workloads = synthesize(WORKLOADS="none")
    assert without_workloads.resources("aws_kms_key")
    assert not without_workloads.resources(
        "aws_lambda_function", "aws_dynamodb_table", "aws_api_gateway_rest_api"
    )
    assert "removed" not in without_workloads.document


@pytest.mark.parametrize("resource_type", STATEFUL)
def test_stateful_resources_are_protected_outside_dev_and_test(
    production: Template, stack: Template, synthesize: Synthesize, resource_type: str
) -> None:
    protected = {"lifecycle": {"prevent_destroy": True}}
    production.assert_every(resource_type, protected)
    stack.assert_none(resource_type, protected)
    synthesize(ENVIRONMENT="production", PROTECTION="lifted").assert_none(resource_type, protected)


def test_the_platform_key_is_protected(production: Template, stack: Template) -> None:
    assert production.resource("aws_kms_key", "platform/key/key")["lifecycle"] == {"prevent_destroy": True}
    assert not stack.resource("aws_kms_key", "platform/key/key")["lifecycle"]["prevent_destroy"]


def test_protection_includes_the_settings_of_the_services(production: Template, stack: Template) -> None:
    production.assert_every("aws_dynamodb_table", {"deletion_protection_enabled": True})
    production.assert_every("aws_s3_bucket", {"force_destroy": False})
    stack.assert_every("aws_dynamodb_table", {"deletion_protection_enabled": False})
    stack.assert_every("aws_s3_bucket", {"force_destroy": True})


def test_only_the_log_bucket_is_destroyed_with_its_contents_once_protection_is_lifted(
    production: Template, synthesize: Synthesize
) -> None:
    """S3 delivers access logs hours later, so nobody can keep that bucket empty until it is destroyed."""
    production.assert_every("aws_s3_bucket", {"force_destroy": False})
    lifted = synthesize(ENVIRONMENT="production", PROTECTION="lifted").resources("aws_s3_bucket")
    with_contents = [construct_path(bucket) for bucket in lifted.values() if bucket["force_destroy"]]
    assert with_contents == ["platform/log-bucket/bucket"]


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
    stack.assert_every_is_named("aws_s3_bucket", companion, "bucket")


def test_every_bucket_blocks_sse_c(stack: Template) -> None:
    """S3 blocks it in new buckets and reports it, so that every plan would change a rule without it (P9)."""
    stack.assert_every(
        "aws_s3_bucket_server_side_encryption_configuration",
        {"rule": [{"blocked_encryption_types": ["SSE-C"]}]},
    )


def test_every_bucket_except_the_log_bucket_logs_to_it(stack: Template) -> None:
    (log_bucket,) = (
        address for address in stack.resources("aws_s3_bucket") if "platform_log-bucket" in address
    )
    logged = stack.resources("aws_s3_bucket_logging")
    assert len(logged) == len(stack.resources("aws_s3_bucket")) - 1
    stack.assert_every("aws_s3_bucket_logging", lambda attributes: log_bucket in attributes["target_bucket"])
    stack.assert_every(
        "aws_s3_bucket_logging", lambda attributes: attributes["target_prefix"].startswith("access-logs/")
    )


def test_every_bucket_policy_denies_plain_http(stack: Template) -> None:
    def denies(attributes: Attributes) -> bool:
        return any(
            statement["Effect"] == "Deny"
            and statement["Action"] == ["s3:*"]
            and len(statement["Resource"]) == 2
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for statement in json.loads(attributes["policy"])["Statement"]
        )

    stack.assert_every("aws_s3_bucket_policy", denies)


def test_every_bucket_has_a_lifecycle_rule(stack: Template) -> None:
    def has_rule(attributes: Attributes) -> bool:
        (rule,) = attributes["rule"]
        return bool(
            rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]
            and rule["noncurrent_version_expiration"]
        )

    stack.assert_every("aws_s3_bucket_lifecycle_configuration", has_rule)


def test_every_log_group_is_encrypted_and_has_a_retention(stack: Template) -> None:
    stack.assert_every(
        "aws_cloudwatch_log_group", lambda attributes: "platform_key" in attributes["kms_key_id"]
    )
    stack.assert_every("aws_cloudwatch_log_group", lambda attributes: attributes["retention_in_days"] > 0)


def test_every_table_is_encrypted_by_key_arn_and_recoverable(stack: Template) -> None:
    stack.assert_every("aws_dynamodb_table", {"point_in_time_recovery": {"enabled": True}})
    stack.assert_every(
        "aws_dynamodb_table",
        lambda attributes: attributes["server_side_encryption"]["kms_key_arn"].endswith(".arn}"),
    )


def test_every_alarm_notifies_the_encrypted_topic(stack: Template) -> None:
    stack.assert_every("aws_sns_topic", lambda attributes: "platform_key" in attributes["kms_master_key_id"])
    stack.assert_every_is_named("aws_sns_topic", "aws_sns_topic_policy", "arn")
    stack.assert_every(
        "aws_cloudwatch_metric_alarm", lambda attributes: "aws_sns_topic." in attributes["alarm_actions"][0]
    )
    stack.assert_every("aws_cloudwatch_metric_alarm", {"treat_missing_data": "notBreaching"})


def test_alarms_are_mailed_if_an_address_is_set(stack: Template, synthesize: Synthesize) -> None:
    assert not stack.resources("aws_sns_topic_subscription")
    mailed = synthesize(ALARM_EMAIL="ops@example.com")
    mailed.assert_every("aws_sns_topic_subscription", {"protocol": "email", "endpoint": "ops@example.com"})


WILDCARD_REASONS = {
    **dict.fromkeys(LOG_DELIVERY_ACTIONS, "log deliveries and resource policies belong to the account"),
    "xray:GetSamplingRules": "X-Ray supports no resources",
    "xray:GetSamplingTargets": "X-Ray supports no resources",
    "xray:PutTraceSegments": "X-Ray supports no resources",
    "xray:PutTelemetryRecords": "X-Ray supports no resources",
    "ec2:CreateNetworkInterface": "the interface has no ARN before Lambda creates it",
    "ec2:DeleteNetworkInterface": "the interface has no ARN before Lambda creates it",
    "ec2:DescribeNetworkInterfaces": "EC2 supports no resources for this action",
    "ec2:DescribeSubnets": "EC2 supports no resources for this action",
    "ec2:AssignPrivateIpAddresses": "the interface has no ARN before Lambda creates it",
    "ec2:UnassignPrivateIpAddresses": "the interface has no ARN before Lambda creates it",
    "cloudwatch:PutMetricData": "CloudWatch supports no resources; a condition restricts the namespace",
}
"""Actions that are allowed on the resource `*`, and why no narrower resource is possible."""


def test_wildcard_resources_have_a_reason(stack: Template) -> None:
    """Beyond those, `*` is only in key policies, where it is the key itself, and in what restricts."""
    for address, statement in stack.policies():
        if statement["Effect"] == "Deny" or address.startswith(("aws_kms_key.", "aws_vpc_endpoint.")):
            continue
        assert not [action for action in statement["Action"] if "*" in action], address
        if "*" in statement.get("Resource", []):
            assert set(statement["Action"]) <= set(WILDCARD_REASONS), address


def test_code_of_functions_cannot_use_the_network_interface_actions_of_lambda(stack: Template) -> None:
    for function in stack.resources("aws_lambda_function").values():
        path = construct_path(function).rpartition("/")[0]
        (statement,) = (
            statement
            for statement in statements(stack, path, EXECUTION)
            if "ArnEquals" in statement.get("Condition", {})
        )
        assert (statement["Effect"], statement["Action"]) == ("Deny", list(NETWORK_INTERFACE_ACTIONS))
        (arn,) = statement["Condition"]["ArnEquals"].values()
        assert arn.endswith(f":function:{function['function_name']}")


def test_code_has_the_hash_that_lambda_computes(stack: Template) -> None:
    stack.assert_every("aws_s3_object", lambda attributes: attributes["source"].startswith("assets/"))
    # An object that is stored before versioning is enabled has no version that functions could refer to.
    stack.assert_every(
        "aws_s3_object", lambda attributes: attributes["bucket"].startswith("${aws_s3_bucket_versioning.")
    )
    stack.assert_every(
        "aws_lambda_layer_version", lambda attributes: len(attributes["source_code_hash"]) == 44
    )


def test_matchers_of_cdktf_work_on_the_stack(stack: Template) -> None:
    """Users can write tests with these matchers."""
    synthesized = json.dumps(stack.document)
    assert cdktf.Testing.to_have_data_source(synthesized, "aws_caller_identity")
    assert cdktf.Testing.to_have_provider(synthesized, "aws")
    assert cdktf.Testing.to_have_resource_with_properties(
        synthesized, "aws_vpc", {"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": True}
    )
