"""Controls of AWS Security Hub, and further ones of our own, as predicates over the synthesized resources.

https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html lists the AWS Foundational
Security Best Practices (FSBP). Here are those that can be judged by the stack's own resources: none of
account-wide settings, of what only shows at run time, of tags (P5 gives them to everything) or of services
that are not used. Some of NIST 800-53 that say more of what is here stand beside them. Those on managed
policies (IAM, KMS) are held against the inline ones that there are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from assurance.audit import predicates as p
from assurance.audit.findings import Finding
from assurance.audit.predicates import Attributes
from synthesized.stack import Stack, path_in_stack

Standard = Literal["FSBP", "NIST", "house"]


@dataclass(frozen=True)
class Control:
    """What ``met`` has to be true of, for each resource of ``kind``.

    Attributes:
        id: Security Hub's, or the requirement's.
        standard: where it comes from.
    """

    standard: Standard
    id: str
    title: str
    kind: str
    met: Callable[[Stack, Attributes], bool]


CONTROLS = (
    Control("FSBP", "APIGateway.1", "API stages log executions", "aws_api_gateway_method_settings",
            lambda _, a: a["settings"]["logging_level"] in ("ERROR", "INFO")),
    Control("FSBP", "APIGateway.2", "API stages have a client certificate", "aws_api_gateway_stage",
            lambda _, a: "client_certificate_id" in a),
    Control("FSBP", "APIGateway.3", "API stages are traced", "aws_api_gateway_stage",
            lambda _, a: a.get("xray_tracing_enabled") is True),
    Control("FSBP", "APIGateway.4", "API stages have a WAF", "aws_api_gateway_stage",
            lambda t, a: p.named_by(t, a, "aws_wafv2_web_acl_association", "resource_arn")),
    Control("FSBP", "APIGateway.5", "API caches are encrypted", "aws_api_gateway_method_settings",
            lambda _, a: not a["settings"].get("caching_enabled") or "cache_data_encrypted" in a["settings"]),
    Control("FSBP", "DynamoDB.1", "Tables scale with demand", "aws_dynamodb_table", p.scales),
    Control("FSBP", "DynamoDB.2", "Tables can be restored to any second", "aws_dynamodb_table",
            lambda _, a: a.get("point_in_time_recovery", {}).get("enabled") is True),
    Control("NIST", "DynamoDB.4", "Tables are in a backup plan", "aws_dynamodb_table",
            lambda t, a: p.named_by(t, a, "aws_backup_selection", "resources")),
    Control("FSBP", "DynamoDB.6", "Tables are protected from deletion", "aws_dynamodb_table",
            lambda _, a: a.get("deletion_protection_enabled") is True),
    Control("FSBP", "EC2.2", "The default security group lets nothing through", "aws_vpc",
            lambda t, a: any(p.refers(g, a) and not g.get("ingress") and not g.get("egress")
                             for g in t.resources("aws_default_security_group").values())),
    Control("FSBP", "EC2.6", "The VPC's flows are logged", "aws_vpc",
            lambda t, a: p.named_by(t, a, "aws_flow_log", "vpc_id")),
    Control("FSBP", "EC2.10", "The VPC has an endpoint for EC2", "aws_vpc", p.has_endpoint("ec2")),
    Control("FSBP", "EC2.15", "Subnets give no public addresses by themselves", "aws_subnet",
            lambda _, a: a.get("map_public_ip_on_launch") is False),
    Control("FSBP", "EC2.18", "Security groups are open at 80 and 443 alone", "aws_security_group",
            lambda t, a: not p.open_ports(t, a) - {80, 443}),
    Control("FSBP", "EC2.19", "Security groups are closed at risky ports", "aws_security_group",
            lambda t, a: not p.open_ports(t, a) & p.RISKY_PORTS),
    Control("FSBP", "EC2.55", "The VPC has an endpoint for ECR", "aws_vpc", p.has_endpoint("ecr.api")),
    Control("FSBP", "EC2.56", "The VPC has an endpoint for images", "aws_vpc", p.has_endpoint("ecr.dkr")),
    Control("FSBP", "EC2.57", "The VPC has an endpoint for SSM", "aws_vpc", p.has_endpoint("ssm")),
    Control("FSBP", "EC2.58", "The VPC has an endpoint for incident contacts", "aws_vpc",
            p.has_endpoint("ssm-contacts")),
    Control("FSBP", "EC2.60", "The VPC has an endpoint for incidents", "aws_vpc",
            p.has_endpoint("ssm-incidents")),
    Control("FSBP", "IAM.1", "No policy allows everything", "aws_iam_role_policy",
            lambda _, a: "*" not in p.allowed(a)),
    Control("FSBP", "IAM.21", "No policy allows all of a service", "aws_iam_role_policy",
            lambda _, a: not any(action.endswith("*") for action in p.allowed(a))),
    Control("FSBP", "KMS.2", "No policy allows decryption with every key", "aws_iam_role_policy",
            lambda _, a: not p.decrypts_with_any_key(a)),
    Control("NIST", "KMS.4", "Keys rotate", "aws_kms_key",
            lambda _, a: a.get("enable_key_rotation") is True or a.get("key_usage") == "GENERATE_VERIFY_MAC"),
    Control("FSBP", "KMS.5", "Keys are not public", "aws_kms_key", lambda _, a: not p.public(a)),
    Control("FSBP", "Lambda.1", "Functions are not public", "aws_lambda_permission", p.invoked_from_here),
    Control("FSBP", "Lambda.2", "Functions run on a supported runtime", "aws_lambda_function",
            lambda _, a: a.get("runtime") in p.RUNTIMES),
    Control("NIST", "Lambda.3", "Functions are in a VPC", "aws_lambda_function",
            lambda _, a: bool(p.subnets(a))),
    Control("FSBP", "Lambda.5", "Functions span several zones", "aws_lambda_function",
            lambda _, a: len(p.subnets(a)) > 1),
    Control("NIST", "Lambda.7", "Functions are traced", "aws_lambda_function",
            lambda _, a: a.get("tracing_config", {}).get("mode") == "Active"),
    Control("NIST", "CloudWatch.15", "Alarms have an action", "aws_cloudwatch_metric_alarm",
            lambda _, a: bool(a.get("alarm_actions"))),
    Control("NIST", "CloudWatch.16", "Log groups keep their events for a year", "aws_cloudwatch_log_group",
            lambda _, a: a.get("retention_in_days", 0) >= 365),
    Control("NIST", "CloudWatch.17", "Alarms' actions are on", "aws_cloudwatch_metric_alarm",
            lambda _, a: a.get("actions_enabled", True) is True),
    Control("FSBP", "S3.2", "Buckets cannot be read by everybody", "aws_s3_bucket", p.private),
    Control("FSBP", "S3.3", "Buckets cannot be written by everybody", "aws_s3_bucket", p.private),
    Control("FSBP", "S3.5", "Buckets refuse plain transport", "aws_s3_bucket",
            lambda t, a: p.refuses_plain_transport(t, a, "aws_s3_bucket_policy", "bucket", "s3:*")),
    Control("FSBP", "S3.6", "Buckets' policies allow other accounts nothing", "aws_s3_bucket",
            lambda t, a: not any(map(p.accounts, p.companions(t, a, "aws_s3_bucket_policy", "bucket")))),
    Control("NIST", "S3.7", "Buckets are replicated to another region", "aws_s3_bucket",
            lambda t, a: p.named_by(t, a, "aws_s3_bucket_replication_configuration", "bucket")),
    Control("FSBP", "S3.8", "Buckets block public access", "aws_s3_bucket", p.blocked),
    Control("FSBP", "S3.9", "Access to buckets is logged", "aws_s3_bucket",
            lambda t, a: p.named_by(t, a, "aws_s3_bucket_logging", "bucket")),
    Control("FSBP", "S3.12", "Buckets know no ACLs", "aws_s3_bucket",
            lambda t, a: any(o["rule"]["object_ownership"] == "BucketOwnerEnforced"
                             for o in p.companions(t, a, "aws_s3_bucket_ownership_controls", "bucket"))),
    Control("FSBP", "S3.13", "Buckets have lifecycle rules", "aws_s3_bucket",
            lambda t, a: p.named_by(t, a, "aws_s3_bucket_lifecycle_configuration", "bucket")),
    Control("NIST", "S3.14", "Buckets are versioned", "aws_s3_bucket",
            lambda t, a: any(v["versioning_configuration"]["status"] == "Enabled"
                             for v in p.companions(t, a, "aws_s3_bucket_versioning", "bucket"))),
    Control("NIST", "S3.17", "Buckets are encrypted with a KMS key", "aws_s3_bucket", p.encrypted_with_key),
    Control("FSBP", "SecretsManager.1", "Secrets rotate", "aws_secretsmanager_secret",
            lambda t, a: p.named_by(t, a, "aws_secretsmanager_secret_rotation", "secret_id")),
    Control("NIST", "SNS.1", "Topics are encrypted with a KMS key", "aws_sns_topic",
            lambda _, a: "kms_master_key_id" in a),
    Control("FSBP", "SNS.4", "Topics are not public", "aws_sns_topic_policy", lambda _, a: not p.public(a)),
    Control("FSBP", "SQS.1", "Queues are encrypted", "aws_sqs_queue",
            lambda _, a: a.get("sqs_managed_sse_enabled") is True or "kms_master_key_id" in a),
    Control("FSBP", "SQS.3", "Queues are not public", "aws_sqs_queue_policy", lambda _, a: not p.public(a)),
    Control("FSBP", "StepFunctions.1", "State machines log", "aws_sfn_state_machine",
            lambda _, a: a.get("logging_configuration", {}).get("level", "OFF") != "OFF"),
    Control("house", "P8 log group", "Functions log to a group that is made first", "aws_lambda_function",
            lambda t, a: p.names(t, a["logging_config"]["log_group"], "aws_cloudwatch_log_group")),
    Control("house", "P8 dead letters", "What calls asynchronously calls functions with a DLQ",
            "aws_lambda_permission", p.dead_letters_where_asynchronous),
    Control("house", "P11 queue", "Queues refuse plain transport", "aws_sqs_queue",
            lambda t, a: p.refuses_plain_transport(t, a, "aws_sqs_queue_policy", "queue_url", "sqs:*")),
    Control("house", "P11 topic", "Topics refuse plain transport", "aws_sns_topic",
            lambda t, a: p.refuses_plain_transport(t, a, "aws_sns_topic_policy", "arn", "sns:Publish")),
    Control("house", "P11 table", "Tables are encrypted with a key of the stack's", "aws_dynamodb_table",
            lambda t, a: p.names(t, a.get("server_side_encryption", {}).get("kms_key_arn"), "aws_kms_key")),
    Control("house", "P13 environment", "No environment holds a secret", "aws_lambda_function",
            lambda _, a: not any(map(p.secret, a.get("environment", {}).get("variables", {}).items()))),
    Control("house", "P13 parameter", "Parameters are secure strings", "aws_ssm_parameter",
            lambda _, a: a.get("type") == "SecureString" and "key_id" in a),
    Control("house", "T6 authorization", "Methods that call functions ask who calls",
            "aws_api_gateway_integration", p.authorized),
    Control("house", "T7 access log", "API stages log access", "aws_api_gateway_stage",
            lambda t, a: p.names(t, a.get("access_log_settings", {}).get("destination_arn"),
                                 "aws_cloudwatch_log_group")),
)  # fmt: skip


def judge(template: Stack, setting: str) -> Iterable[Finding]:
    """A finding for each resource that does not meet a control."""
    for control in CONTROLS:
        for attributes in template.resources(control.kind).values():
            if not control.met(template, attributes):
                yield Finding("controls", control.id, path_in_stack(attributes), control.title, setting)
