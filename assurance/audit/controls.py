"""Controls of AWS Security Hub, and further ones of the project, as predicates over synthesized resources.

https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html lists the AWS Foundational
Security Best Practices (FSBP). Included are those that the stack's own resources can meet. Excluded are
controls of account-wide settings, of run-time state, of tags (P5 adds them to everything) and of unused
services. Controls of NIST 800-53 are included if they require more. Controls of managed policies (IAM, KMS)
are applied to inline policies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from assurance.audit.findings import Finding
from assurance.audit.predicates import (
    DAYS_PER_YEAR,
    RISKY_PORTS,
    RUNTIMES,
    Predicate,
    allowed_actions,
    allows_no_accounts,
    are_authorized,
    are_validated,
    blocks_public_access,
    decrypts_with_any_key,
    denies_plain_http,
    has_acls_disabled,
    has_closed_default_group,
    has_dead_letters_if_asynchronous,
    has_encrypted_cache,
    has_endpoint,
    has_no_public_statement,
    has_no_secret_variables,
    is_encrypted_queue,
    is_encrypted_with_kms,
    is_for_own_source,
    is_private,
    is_versioned,
    open_ports,
    refers_to_type,
    rotates,
    scales,
    subnets,
    with_companion,
)
from synthesized.stack import Stack, path_in_stack

Standard = Literal["FSBP", "NIST", "project"]
HTTP, HTTPS = 80, 443


@dataclass(frozen=True)
class Control:
    """A requirement that every resource of a type has to meet.

    Attributes:
        standard: The standard that it comes from; `project` for requirements of this project.
        id: Security Hub's id, or the code of the requirement.
        title: The requirement in words.
        resource_type: Type of the resources.
        is_met: Returns whether a resource of a stack meets the requirement.
    """

    standard: Standard
    id: str
    title: str
    resource_type: str
    is_met: Predicate


CONTROLS = (
    Control("FSBP", "APIGateway.1", "API stages log executions", "aws_api_gateway_method_settings",
            lambda _, resource: resource["settings"]["logging_level"] in ("ERROR", "INFO")),
    Control("FSBP", "APIGateway.2", "API stages have a client certificate", "aws_api_gateway_stage",
            lambda _, resource: "client_certificate_id" in resource),
    Control("FSBP", "APIGateway.3", "API stages are traced", "aws_api_gateway_stage",
            lambda _, resource: resource.get("xray_tracing_enabled") is True),
    Control("FSBP", "APIGateway.4", "API stages have a WAF", "aws_api_gateway_stage",
            with_companion("aws_wafv2_web_acl_association", "resource_arn")),
    Control("FSBP", "APIGateway.5", "API caches are encrypted", "aws_api_gateway_method_settings",
            has_encrypted_cache),
    Control("FSBP", "DynamoDB.1", "Tables scale with demand", "aws_dynamodb_table", scales),
    Control("FSBP", "DynamoDB.2", "Tables have point-in-time recovery", "aws_dynamodb_table",
            lambda _, resource: resource.get("point_in_time_recovery", {}).get("enabled") is True),
    Control("NIST", "DynamoDB.4", "Tables are in a backup plan", "aws_dynamodb_table",
            with_companion("aws_backup_selection", "resources")),
    Control("FSBP", "DynamoDB.6", "Tables are protected from deletion", "aws_dynamodb_table",
            lambda _, resource: resource.get("deletion_protection_enabled") is True),
    Control("FSBP", "EC2.2", "The default security group has no rules", "aws_vpc", has_closed_default_group),
    Control("FSBP", "EC2.6", "The VPC has flow logs", "aws_vpc",
            with_companion("aws_flow_log", "vpc_id")),
    Control("FSBP", "EC2.10", "The VPC has an endpoint for EC2", "aws_vpc", has_endpoint("ec2")),
    Control("FSBP", "EC2.15", "Subnets assign no public addresses", "aws_subnet",
            lambda _, resource: resource.get("map_public_ip_on_launch") is False),
    Control("FSBP", "EC2.18", "Security groups open only ports 80 and 443 to the internet",
            "aws_security_group",
            lambda stack, group: not open_ports(stack, group) - {HTTP, HTTPS}),
    Control("FSBP", "EC2.19", "Security groups open no risky ports to the internet", "aws_security_group",
            lambda stack, group: not open_ports(stack, group) & RISKY_PORTS),
    Control("FSBP", "EC2.55", "The VPC has an endpoint for ECR", "aws_vpc", has_endpoint("ecr.api")),
    Control("FSBP", "EC2.56", "The VPC has an endpoint for Docker images", "aws_vpc",
            has_endpoint("ecr.dkr")),
    Control("FSBP", "EC2.57", "The VPC has an endpoint for SSM", "aws_vpc", has_endpoint("ssm")),
    Control("FSBP", "EC2.58", "The VPC has an endpoint for incident contacts", "aws_vpc",
            has_endpoint("ssm-contacts")),
    Control("FSBP", "EC2.60", "The VPC has an endpoint for incidents", "aws_vpc",
            has_endpoint("ssm-incidents")),
    Control("FSBP", "IAM.1", "No policy allows everything", "aws_iam_role_policy",
            lambda _, policy: "*" not in allowed_actions(policy)),
    Control("FSBP", "IAM.21", "No policy allows all of a service", "aws_iam_role_policy",
            lambda _, policy: not any(action.endswith("*") for action in allowed_actions(policy))),
    Control("FSBP", "KMS.2", "No policy allows decryption with every key", "aws_iam_role_policy",
            lambda _, policy: not decrypts_with_any_key(policy)),
    Control("NIST", "KMS.4", "Keys rotate", "aws_kms_key", rotates),
    Control("FSBP", "KMS.5", "Keys are not public", "aws_kms_key", has_no_public_statement),
    Control("FSBP", "Lambda.1", "Functions are not public", "aws_lambda_permission", is_for_own_source),
    Control("FSBP", "Lambda.2", "Functions run on a supported runtime", "aws_lambda_function",
            lambda _, resource: resource.get("runtime") in RUNTIMES),
    Control("NIST", "Lambda.3", "Functions are in a VPC", "aws_lambda_function",
            lambda _, function: bool(subnets(function))),
    Control("FSBP", "Lambda.5", "Functions span several zones", "aws_lambda_function",
            lambda _, function: len(subnets(function)) > 1),
    Control("NIST", "Lambda.7", "Functions are traced", "aws_lambda_function",
            lambda _, resource: resource.get("tracing_config", {}).get("mode") == "Active"),
    Control("NIST", "CloudWatch.15", "Alarms have an action", "aws_cloudwatch_metric_alarm",
            lambda _, resource: bool(resource.get("alarm_actions"))),
    Control("NIST", "CloudWatch.16", "Log groups retain their events for a year", "aws_cloudwatch_log_group",
            lambda _, resource: resource.get("retention_in_days", 0) >= DAYS_PER_YEAR),
    Control("NIST", "CloudWatch.17", "Alarm actions are enabled", "aws_cloudwatch_metric_alarm",
            lambda _, resource: resource.get("actions_enabled", True) is True),
    Control("FSBP", "S3.2", "Buckets have no public read access", "aws_s3_bucket", is_private),
    Control("FSBP", "S3.3", "Buckets have no public write access", "aws_s3_bucket", is_private),
    Control("FSBP", "S3.5", "Buckets deny plain HTTP", "aws_s3_bucket",
            denies_plain_http("aws_s3_bucket_policy", "bucket", "s3:*")),
    Control("FSBP", "S3.6", "Bucket policies allow nothing to other accounts", "aws_s3_bucket",
            allows_no_accounts),
    Control("NIST", "S3.7", "Buckets are replicated to another region", "aws_s3_bucket",
            with_companion("aws_s3_bucket_replication_configuration", "bucket")),
    Control("FSBP", "S3.8", "Buckets block public access", "aws_s3_bucket", blocks_public_access),
    Control("FSBP", "S3.9", "Buckets have access logs", "aws_s3_bucket",
            with_companion("aws_s3_bucket_logging", "bucket")),
    Control("FSBP", "S3.12", "Buckets have ACLs disabled", "aws_s3_bucket", has_acls_disabled),
    Control("FSBP", "S3.13", "Buckets have lifecycle rules", "aws_s3_bucket",
            with_companion("aws_s3_bucket_lifecycle_configuration", "bucket")),
    Control("NIST", "S3.14", "Buckets are versioned", "aws_s3_bucket", is_versioned),
    Control("NIST", "S3.17", "Buckets are encrypted with a KMS key", "aws_s3_bucket", is_encrypted_with_kms),
    Control("FSBP", "SecretsManager.1", "Secrets rotate", "aws_secretsmanager_secret",
            with_companion("aws_secretsmanager_secret_rotation", "secret_id")),
    Control("NIST", "SNS.1", "Topics are encrypted with a KMS key", "aws_sns_topic",
            lambda _, resource: "kms_master_key_id" in resource),
    Control("FSBP", "SNS.4", "Topics are not public", "aws_sns_topic_policy", has_no_public_statement),
    Control("FSBP", "SQS.1", "Queues are encrypted", "aws_sqs_queue", is_encrypted_queue),
    Control("FSBP", "SQS.3", "Queues are not public", "aws_sqs_queue_policy", has_no_public_statement),
    Control("FSBP", "StepFunctions.1", "State machines log", "aws_sfn_state_machine",
            lambda _, resource: resource.get("logging_configuration", {}).get("level", "OFF") != "OFF"),
    Control("project", "P8 log group", "Functions log to a log group of the stack", "aws_lambda_function",
            refers_to_type("aws_cloudwatch_log_group", "logging_config", "log_group")),
    Control("project", "P8 dead letters", "Asynchronously invoked functions have a dead-letter queue",
            "aws_lambda_permission", has_dead_letters_if_asynchronous),
    Control("project", "P11 queue", "Queues deny plain HTTP", "aws_sqs_queue",
            denies_plain_http("aws_sqs_queue_policy", "queue_url", "sqs:*")),
    Control("project", "P11 topic", "Topics deny plain HTTP", "aws_sns_topic",
            denies_plain_http("aws_sns_topic_policy", "arn", "sns:Publish")),
    Control("project", "P11 table", "Tables are encrypted with a key of the stack", "aws_dynamodb_table",
            refers_to_type("aws_kms_key", "server_side_encryption", "kms_key_arn")),
    Control("project", "P13 environment", "Environments contain no secrets", "aws_lambda_function",
            has_no_secret_variables),
    Control("project", "P13 parameter", "Parameters are SecureStrings", "aws_ssm_parameter",
            lambda _, resource: resource.get("type") == "SecureString" and "key_id" in resource),
    Control("project", "T4 validation", "Methods that invoke functions validate requests",
            "aws_api_gateway_rest_api", are_validated),
    Control("project", "T6 authorization", "Methods that invoke functions require authorization",
            "aws_api_gateway_rest_api", are_authorized),
    Control("project", "T7 access log", "API stages have access logs", "aws_api_gateway_stage",
            refers_to_type("aws_cloudwatch_log_group", "access_log_settings", "destination_arn")),
)  # fmt: skip


def judge(stack: Stack, setting: str) -> Iterable[Finding]:
    """Yield a finding for each resource that does not meet a control.

    Args:
        stack: The stack.
        setting: Name of the setting that it is synthesized with.
    """
    for control in CONTROLS:
        for resource in stack.resources(control.resource_type).values():
            if not control.is_met(stack, resource):
                yield Finding("controls", control.id, path_in_stack(resource), control.title, setting)
