"""Defects, each of which the audit has to catch, planted into the synthesized stack all at once.

Every one changes or removes a resource that no other touches, so that one run of the tools will do.
"""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from assurance.audit.findings import Finding
from assurance.audit.predicates import Attributes
from synthesized.stack import Stack, path_in_stack

SETTING = "everything"
Change = Callable[[Attributes], object]
EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Defect:
    """Something wrong with one resource.

    Attributes:
        name: what is wrong.
        kind, path: the resource's type and construct path.
        change: makes it so; None takes the resource away.
        caught_by: the checks that have to hold it against the stack, by tool.
        at: beginnings of the paths that they hold it against, where that is no other part of the construct.
    """

    name: str
    kind: str
    path: str
    change: Change | None
    caught_by: tuple[str, ...]
    at: str | None = None

    def plant(self, template: Stack) -> None:
        """Change the template."""
        resources = template.document["resource"][self.kind]
        name = next(name for name, a in resources.items() if path_in_stack(a) == self.path)
        if self.change is None:
            del resources[name]
        else:
            self.change(resources[name])

    def missed_by(self, found: set[tuple[str, str]]) -> set[str]:
        """The checks that should have caught it, and are not among these checks and paths."""
        place = self.at or self.path.rpartition("/")[0]
        return set(self.caught_by) - {check for check, path in found if path.startswith(place)}


def sow(template: Stack, defects: "tuple[Defect, ...]") -> Stack:
    """A copy of the template with the defects in it."""
    planted = Stack(deepcopy(template.document))
    for defect in defects:
        defect.plant(planted)
    return planted


def news(before: Iterable[Finding], after: Iterable[Finding]) -> set[tuple[str, str]]:
    """The checks and paths of what was found after, and not before."""
    known = {(f.id, f.path, f.detail) for f in before}
    return {(f.id, f.path) for f in after if (f.id, f.path, f.detail) not in known}


def setting(**values: Any) -> Change:  # noqa: ANN401 - any attribute
    return lambda attributes: attributes.update(values)


def without(*names: str) -> Change:
    return lambda attributes: [attributes.pop(name) for name in names]


def both(one: Change, other: Change) -> Change:
    return lambda attributes: (one(attributes), other(attributes))


def variable(name: str, value: str) -> Change:
    return lambda attributes: attributes["environment"]["variables"].update({name: value})


def allowing(action: str | list[str], resource: str = "*", **more: object) -> Change:
    """Add a statement to a policy."""

    def change(attributes: Attributes) -> None:
        document = json.loads(attributes["policy"])
        document["Statement"].append({"Effect": "Allow", "Action": action, "Resource": resource, **more})
        attributes["policy"] = json.dumps(document)

    return change


def without_denials(attributes: Attributes) -> None:
    document = json.loads(attributes["policy"])
    document["Statement"] = [s for s in document["Statement"] if s["Effect"] != "Deny"] or [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}
    ]
    attributes["policy"] = json.dumps(document)


def everybody(attributes: Attributes) -> None:
    trust = json.loads(attributes["assume_role_policy"])
    trust["Statement"][0]["Principal"] = {"AWS": "*"}
    attributes["assume_role_policy"] = json.dumps(trust)


def with_aes256(attributes: Attributes) -> None:
    attributes["rule"][0]["apply_server_side_encryption_by_default"] = {"sse_algorithm": "AES256"}


INGRESS = "aws_vpc_security_group_ingress_rule"
POLICY = "aws_iam_role_policy"
FUNCTION = "aws_lambda_function"

DEFECTS = (
    Defect("a bucket that everybody may read", "aws_s3_bucket_policy", "uploads/files/policy",
           allowing("s3:GetObject", Principal="*"), ("CKV_AWS_70", "S3.2", "S3.3")),
    Defect("a bucket that does not block public access", "aws_s3_bucket_public_access_block",
           "files/documents/public-access-block",
           setting(block_public_policy=False, restrict_public_buckets=False),
           ("CKV_AWS_54", "CKV_AWS_56", "S3.8")),
    Defect("a bucket that takes plain transport", "aws_s3_bucket_policy", "requests/payloads/policy",
           without_denials, ("S3.5",)),
    Defect("a bucket without a key of KMS", "aws_s3_bucket_server_side_encryption_configuration",
           "uploads/files/encryption", with_aes256, ("CKV_AWS_145", "S3.17")),
    Defect("a bucket without versions", "aws_s3_bucket_versioning", "files/documents/versioning",
           setting(versioning_configuration={"status": "Suspended"}), ("CKV_AWS_21", "S3.14")),
    Defect("a security group open to the world", INGRESS, "platform/network/endpoints-from-vpc",
           setting(cidr_ipv4=EVERYWHERE, from_port=22, to_port=22), ("CKV_AWS_24", "EC2.18", "EC2.19")),
    Defect("subnets that give public addresses", "aws_subnet", "platform/network/private-a",
           setting(map_public_ip_on_launch=True), ("CKV_AWS_130", "EC2.15")),
    Defect("no flow logs", "aws_flow_log", "platform/network/flow-log", None, ("CKV2_AWS_11", "EC2.6")),
    Defect('Action: "*"', POLICY, "files/image/role/execution", allowing("*"),
           ("CKV_AWS_62", "CKV_AWS_63", "IAM.1", "PRIVILEGE_ESCALATION", "PrivilegeEscalation")),
    Defect("all of a service", POLICY, "files/data/role/execution", allowing("s3:*"),
           ("IAM.21", "ServiceWildcard", "DataExfiltration")),
    Defect("decryption with every key", POLICY, "files/document/role/execution", allowing("kms:Decrypt"),
           ("KMS.2", "RESOURCE_STAR")),
    Defect("a way to more rights", POLICY, "records/writer/role/execution",
           allowing(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
           ("PRIVILEGE_ESCALATION", "PrivilegeEscalation")),
    Defect("an action that does not exist", POLICY, "records/reader/role/execution",
           allowing("dynamodb:ReadItem"), ("UNKNOWN_ACTION",)),
    Defect("AdministratorAccess", "aws_iam_role_policy_attachment",
           "tasks/get-handler/AWSXRayDaemonWriteAccess",
           setting(policy_arn="arn:aws:iam::aws:policy/AdministratorAccess"), ("CKV_AWS_274",)),
    Defect("a role that everybody assumes", "aws_iam_role", "tasks/put-handler/role/Default", everybody,
           ("CKV_AWS_60",)),
    Defect("a table without encryption", "aws_dynamodb_table", "tasks/sessions/table",
           without("server_side_encryption"), ("CKV_AWS_119", "P11 table")),
    Defect("a table without recovery", "aws_dynamodb_table", "tasks/idempotency/table",
           without("point_in_time_recovery"), ("CKV_AWS_28", "DynamoDB.2")),
    Defect("a table that can be deleted in production", "aws_dynamodb_table", "files/files-table/table",
           without("deletion_protection_enabled"), ("DynamoDB.6",)),
    Defect("a function without a dead-letter queue", FUNCTION, "uploads/processor/function",
           without("dead_letter_config"), ("CKV_AWS_116", "P8 dead letters"), "uploads/"),
    Defect("a function without a log group", "aws_cloudwatch_log_group", "tasks/get-handler/logs/group", None,
           ("P8 log group",), "tasks/get-handler/"),
    Defect("a secret in an environment", FUNCTION, "tasks/post-handler/function",
           variable("DATABASE_PASSWORD", "correct-horse"), ("P13 environment",)),
    Defect("a key of AWS in an environment", FUNCTION, "tasks/delete-handler/function",
           variable("ACCESS", "AKIAIOSFODNN7EXAMPLF"), ("P13 environment",)),
    Defect("an environment that is not encrypted", FUNCTION, "records/writer/function",
           without("kms_key_arn"), ("CKV_AWS_173",)),
    Defect("a function outside of the VPC", FUNCTION, "records/reader/function", without("vpc_config"),
           ("CKV_AWS_117", "Lambda.3", "Lambda.5")),
    Defect("a function that is not traced", FUNCTION, "tasks/put-handler/function",
           without("tracing_config"), ("CKV_AWS_50", "Lambda.7")),
    Defect("a function on an old runtime", FUNCTION, "tasks/get-handler/function",
           setting(runtime="python3.8"), ("Lambda.2",)),
    Defect("a function that everybody may call", "aws_lambda_permission", "tasks/api/GET-permission-tasks",
           setting(principal="*"), ("CKV_AWS_301", "Lambda.1")),
    Defect("a queue without encryption", "aws_sqs_queue", "uploads/dead-letters/queue",
           setting(sqs_managed_sse_enabled=False), ("CKV_AWS_27", "SQS.1")),
    Defect("a queue that takes plain transport", "aws_sqs_queue_policy", "requests/dead-letters/policy", None,
           ("P11 queue",)),
    Defect("a topic that everybody may publish to, over plain transport", "aws_sns_topic_policy",
           "platform/alarms/policy", both(without_denials, allowing("sns:Publish", Principal="*")),
           ("SNS.4", "P11 topic")),
    Defect("a topic without encryption", "aws_sns_topic", "platform/alarms/topic",
           without("kms_master_key_id"), ("CKV_AWS_26", "SNS.1")),
    Defect("a method that asks nobody who they are", "aws_api_gateway_method", "files/rest-api/POST-files",
           setting(api_key_required=False), ("CKV_AWS_59", "T6 authorization")),
    Defect("an API without access logs", "aws_api_gateway_stage", "tasks/api/stage",
           without("access_log_settings"), ("CKV_AWS_76", "T7 access log")),
    Defect("an API that is not traced", "aws_api_gateway_stage", "requests/api/stage",
           setting(xray_tracing_enabled=False), ("CKV_AWS_73", "APIGateway.3")),
    Defect("a key that does not rotate and that everybody may use", "aws_kms_key", "platform/key/key",
           both(without("enable_key_rotation"), allowing("kms:*", Principal={"AWS": "*"})),
           ("CKV_AWS_7", "KMS.4", "KMS.5")),
    Defect("a log group that keeps its events for ever", "aws_cloudwatch_log_group",
           "platform/network/flow-logs/group", without("retention_in_days"), ("CKV_AWS_66",)),
    Defect("a log group without encryption", "aws_cloudwatch_log_group", "records/writer/logs/group",
           without("kms_key_id"), ("CKV_AWS_158",)),
    Defect("a secret in a plain parameter", "aws_ssm_parameter",
           "files/client-first/api-key/parameter/parameter",
           both(setting(type="String", value="correct-horse"), without("key_id")),
           ("CKV2_AWS_34", "P13 parameter")),
    Defect("a secret without a key of the stack's", "aws_secretsmanager_secret", "uploads/secret/secret",
           without("kms_key_id"), ("CKV_AWS_149",)),
    Defect("a state machine that does not log", "aws_sfn_state_machine", "requests/machine/machine",
           setting(logging_configuration={"level": "OFF"}), ("StepFunctions.1",)),
    Defect("an alarm that tells nobody", "aws_cloudwatch_metric_alarm", "tasks/get-handler-errors",
           without("alarm_actions"), ("CloudWatch.15",)),
)  # fmt: skip
