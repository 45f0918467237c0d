"""Defects that the audit has to detect, all seeded into one copy of the synthesized stack.

Each defect changes or removes another resource, so that one run of the tools shows all of them.
"""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from assurance.audit.findings import Finding
from assurance.audit.predicates import Attributes
from synthesized.rest_apis import VALIDATOR
from synthesized.stack import Stack, path_in_stack

SETTING = "everything"
"""The setting whose stack the defects are seeded into."""

Change = Callable[[Attributes], object]
"""Changes the arguments of a resource in place."""

INTERNET = "0.0.0.0/0"


@dataclass(frozen=True)
class Defect:
    """A defect of one resource.

    Attributes:
        name: Description of the defect.
        resource_type: Type of the resource.
        path: Construct path of the resource.
        change: Creates the defect; None removes the resource.
        detected_by: Ids of all checks that have to detect it.
        reported_at: Beginning of the construct paths at which checks report it; None for the paths of the
            same construct.
    """

    name: str
    resource_type: str
    path: str
    change: Change | None
    detected_by: tuple[str, ...]
    reported_at: str | None = None

    def seed(self, stack: Stack) -> None:
        """Change or remove the resource in a stack."""
        resources = stack.document["resource"][self.resource_type]
        name = next(name for name, arguments in resources.items() if path_in_stack(arguments) == self.path)
        if self.change is None:
            del resources[name]
        else:
            self.change(resources[name])

    def undetected(self, findings: set[tuple[str, str]]) -> set[str]:
        """Return the checks that should have detected the defect and are not among the findings.

        Args:
            findings: Checks and the construct paths that they report.
        """
        prefix = self.reported_at or self.path.rpartition("/")[0]
        return set(self.detected_by) - {check for check, path in findings if path.startswith(prefix)}


def seed_defects(stack: Stack, defects: Iterable[Defect]) -> Stack:
    """Return a copy of a stack with defects."""
    document = deepcopy(stack.document)
    copy = Stack(document)
    for defect in defects:
        defect.seed(copy)
    return Stack(copy.document)


def new_findings(before: Iterable[Finding], after: Iterable[Finding]) -> set[tuple[str, str]]:
    """Return check and path of the findings that are in `after` and not in `before`."""
    known = {(finding.id, finding.path, finding.detail) for finding in before}
    return {
        (finding.id, finding.path)
        for finding in after
        if (finding.id, finding.path, finding.detail) not in known
    }


def setting(**values: Any) -> Change:  # noqa: ANN401 - any attribute
    """Return a change that sets attributes."""
    return lambda attributes: attributes.update(values)


def without(*names: str) -> Change:
    """Return a change that removes attributes."""
    return lambda attributes: [attributes.pop(name) for name in names]


def both(first: Change, second: Change) -> Change:
    """Return a change that applies two changes."""
    return lambda attributes: (first(attributes), second(attributes))


def variable(name: str, value: str) -> Change:
    """Return a change that adds an environment variable to a function."""
    return lambda attributes: attributes["environment"]["variables"].update({name: value})


def allowing(action: str | list[str], resource: str = "*", **more: object) -> Change:
    """Return a change that adds an `Allow` statement to a policy."""

    def change(attributes: Attributes) -> None:
        document = json.loads(attributes["policy"])
        document["Statement"].append({"Effect": "Allow", "Action": action, "Resource": resource, **more})
        attributes["policy"] = json.dumps(document)

    return change


def without_denials(attributes: Attributes) -> None:
    """Remove the `Deny` statements of a policy, or replace them by an unrelated one if none would remain."""
    document = json.loads(attributes["policy"])
    document["Statement"] = [
        statement for statement in document["Statement"] if statement["Effect"] != "Deny"
    ] or [{"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}]
    attributes["policy"] = json.dumps(document)


def operation(path: str, method: str, **values: object) -> Change:
    """Return a change that sets values of an operation in the document of an API."""

    def change(attributes: Attributes) -> None:
        document = json.loads(attributes["body"])
        document["paths"][path][method].update(values)
        attributes["body"] = json.dumps(document)

    return change


def trusting_everyone(attributes: Attributes) -> None:
    """Change the trust policy of a role to trust all accounts."""
    trust = json.loads(attributes["assume_role_policy"])
    trust["Statement"][0]["Principal"] = {"AWS": "*"}
    attributes["assume_role_policy"] = json.dumps(trust)


def with_aes256(attributes: Attributes) -> None:
    """Change the encryption of a bucket to AES256."""
    attributes["rule"][0]["apply_server_side_encryption_by_default"] = {"sse_algorithm": "AES256"}


INGRESS = "aws_vpc_security_group_ingress_rule"
POLICY = "aws_iam_role_policy"
FUNCTION = "aws_lambda_function"

DEFECTS = (
    Defect("publicly readable bucket", "aws_s3_bucket_policy", "uploads/files/policy",
           allowing("s3:GetObject", Principal="*"), ("CKV_AWS_70", "S3.2", "S3.3")),
    Defect("bucket without a full public access block", "aws_s3_bucket_public_access_block",
           "files/documents/public-access-block",
           setting(block_public_policy=False, restrict_public_buckets=False),
           ("CKV_AWS_54", "CKV_AWS_56", "S3.8")),
    Defect("bucket that allows plain HTTP", "aws_s3_bucket_policy", "requests/payloads/policy",
           without_denials, ("S3.5",)),
    Defect("bucket without a KMS key", "aws_s3_bucket_server_side_encryption_configuration",
           "uploads/files/encryption", with_aes256, ("CKV_AWS_145", "S3.17")),
    Defect("bucket without versioning", "aws_s3_bucket_versioning", "files/documents/versioning",
           setting(versioning_configuration={"status": "Suspended"}), ("CKV_AWS_21", "S3.14")),
    Defect("security group that is open to the internet", INGRESS, "platform/network/endpoints-from-vpc",
           setting(cidr_ipv4=INTERNET, from_port=22, to_port=22), ("CKV_AWS_24", "EC2.18", "EC2.19")),
    Defect("subnet that assigns public addresses", "aws_subnet", "platform/network/private-a",
           setting(map_public_ip_on_launch=True), ("CKV_AWS_130", "EC2.15")),
    Defect("VPC without flow logs", "aws_flow_log", "platform/network/flow-log", None,
           ("CKV2_AWS_11", "EC2.6")),
    Defect("policy that allows everything", POLICY, "files/image/role/execution", allowing("*"),
           ("CKV_AWS_62", "CKV_AWS_63", "IAM.1", "PRIVILEGE_ESCALATION", "PrivilegeEscalation")),
    Defect("policy that allows a whole service", POLICY, "files/data/role/execution", allowing("s3:*"),
           ("IAM.21", "ServiceWildcard", "DataExfiltration")),
    Defect("policy that allows decryption with every key", POLICY, "files/document/role/execution",
           allowing("kms:Decrypt"), ("KMS.2", "RESOURCE_STAR")),
    Defect("policy that allows privilege escalation", POLICY, "records/writer/role/execution",
           allowing(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
           ("PRIVILEGE_ESCALATION", "PrivilegeEscalation")),
    Defect("policy with an unknown action", POLICY, "records/reader/role/execution",
           allowing("dynamodb:ReadItem"), ("UNKNOWN_ACTION",)),
    Defect("role with AdministratorAccess", "aws_iam_role_policy_attachment",
           "tasks/get-handler/AWSXRayDaemonWriteAccess",
           setting(policy_arn="arn:aws:iam::aws:policy/AdministratorAccess"), ("CKV_AWS_274",)),
    Defect("role that everyone can assume", "aws_iam_role", "tasks/put-handler/role/Default",
           trusting_everyone, ("CKV_AWS_60",)),
    Defect("table without a KMS key", "aws_dynamodb_table", "tasks/sessions/table",
           without("server_side_encryption"), ("CKV_AWS_119", "P11 table")),
    Defect("table without point-in-time recovery", "aws_dynamodb_table", "tasks/idempotency/table",
           without("point_in_time_recovery"), ("CKV_AWS_28", "DynamoDB.2")),
    Defect("table without deletion protection in production", "aws_dynamodb_table", "files/files-table/table",
           without("deletion_protection_enabled"), ("DynamoDB.6",)),
    Defect("function without a dead-letter queue", FUNCTION, "uploads/processor/function",
           without("dead_letter_config"), ("CKV_AWS_116", "P8 dead letters"), "uploads/"),
    Defect("function without a log group", "aws_cloudwatch_log_group", "tasks/get-handler/logs/group", None,
           ("P8 log group",), "tasks/get-handler/"),
    Defect("secret in an environment variable", FUNCTION, "tasks/post-handler/function",
           variable("DATABASE_PASSWORD", "correct-horse"), ("P13 environment",)),
    Defect("AWS access key in an environment variable", FUNCTION, "tasks/delete-handler/function",
           variable("ACCESS", "AKIAIOSFODNN7EXAMPLF"), ("P13 environment",)),
    Defect("environment without a KMS key", FUNCTION, "records/writer/function",
           without("kms_key_arn"), ("CKV_AWS_173",)),
    Defect("function outside the VPC", FUNCTION, "records/reader/function", without("vpc_config"),
           ("CKV_AWS_117", "Lambda.3", "Lambda.5")),
    Defect("function without tracing", FUNCTION, "tasks/put-handler/function",
           without("tracing_config"), ("CKV_AWS_50", "Lambda.7")),
    Defect("function with an unsupported runtime", FUNCTION, "tasks/get-handler/function",
           setting(runtime="python3.8"), ("Lambda.2",)),
    Defect("publicly invokable function", "aws_lambda_permission", "tasks/api/GET-permission-tasks",
           setting(principal="*"), ("CKV_AWS_301", "Lambda.1")),
    Defect("queue without encryption", "aws_sqs_queue", "uploads/dead-letters/queue",
           setting(sqs_managed_sse_enabled=False), ("CKV_AWS_27", "SQS.1")),
    Defect("queue that allows plain HTTP", "aws_sqs_queue_policy", "requests/dead-letters/policy", None,
           ("P11 queue",)),
    Defect("public topic that allows plain HTTP", "aws_sns_topic_policy",
           "platform/alarms/policy", both(without_denials, allowing("sns:Publish", Principal="*")),
           ("SNS.4", "P11 topic")),
    Defect("topic without encryption", "aws_sns_topic", "platform/alarms/topic",
           without("kms_master_key_id"), ("CKV_AWS_26", "SNS.1")),
    Defect("method without authorization", "aws_api_gateway_rest_api", "files/rest-api/api",
           operation("/files", "post", security=[]), ("T6 authorization",)),
    Defect("method that does not validate requests", "aws_api_gateway_rest_api", "requests/api/api",
           operation("/", "post", **{VALIDATOR: "none"}), ("T4 validation",)),
    Defect("API without access logs", "aws_api_gateway_stage", "tasks/api/stage",
           without("access_log_settings"), ("CKV_AWS_76", "T7 access log")),
    Defect("API without tracing", "aws_api_gateway_stage", "requests/api/stage",
           setting(xray_tracing_enabled=False), ("CKV_AWS_73", "APIGateway.3")),
    Defect("public key without rotation", "aws_kms_key", "platform/key/key",
           both(without("enable_key_rotation"), allowing("kms:*", Principal={"AWS": "*"})),
           ("CKV_AWS_7", "KMS.4", "KMS.5")),
    Defect("log group with unlimited retention", "aws_cloudwatch_log_group",
           "platform/network/flow-logs/group", without("retention_in_days"), ("CKV_AWS_66",)),
    Defect("log group without a KMS key", "aws_cloudwatch_log_group", "records/writer/logs/group",
           without("kms_key_id"), ("CKV_AWS_158",)),
    Defect("secret in a String parameter", "aws_ssm_parameter",
           "files/client-first/api-key/parameter/parameter",
           both(setting(type="String", value="correct-horse"), without("key_id")),
           ("CKV2_AWS_34", "P13 parameter")),
    Defect("secret without a key of the stack", "aws_secretsmanager_secret", "uploads/secret/secret",
           without("kms_key_id"), ("CKV_AWS_149",)),
    Defect("state machine without logging", "aws_sfn_state_machine", "requests/machine/machine",
           setting(logging_configuration={"level": "OFF"}), ("StepFunctions.1",)),
    Defect("alarm without actions", "aws_cloudwatch_metric_alarm", "tasks/get-handler-errors",
           without("alarm_actions"), ("CloudWatch.15",)),
)  # fmt: skip
