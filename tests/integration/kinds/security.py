from sandbox.server import ACCOUNT
from tests.integration.kinds.case import KEY, Case, assumed_by, of, policy

CASES = {
    "aws_kms_key": Case(
        {
            "aws_kms_key": {
                "x": {
                    "description": "mine",
                    "enable_key_rotation": True,
                    "deletion_window_in_days": 7,
                    "policy": policy("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
                }
            }
        },
        of("kms", "get_key_rotation_status", "KeyRotationEnabled", KeyId="{arn}"),
        True,
    ),
    "aws_kms_alias": Case(
        KEY | {"aws_kms_alias": {"x": {"name": "alias/mine", "target_key_id": "${aws_kms_key.k.key_id}"}}},
        of("kms", "describe_key", "KeyMetadata.KeyId", KeyId="alias/mine"),
        "{target_key_id}",
    ),
    "aws_iam_role": Case(
        {
            "aws_iam_role": {
                "x": {"name": "alone", "assume_role_policy": assumed_by("lambda"), "description": "d"}
            }
        },
        of("iam", "get_role", "Role.Arn", RoleName="alone"),
        "{arn}",
    ),
    "aws_iam_role_policy": Case(
        {
            "aws_iam_role": {"r": {"name": "inline", "assume_role_policy": assumed_by("lambda")}},
            "aws_iam_role_policy": {
                "x": {"name": "p", "role": "${aws_iam_role.r.name}", "policy": policy("dynamodb:GetItem")}
            },
        },
        of("iam", "get_role_policy", "PolicyDocument.Statement.0.Action", RoleName="inline", PolicyName="p"),
        "dynamodb:GetItem",
    ),
    "aws_iam_role_policy_attachment": Case(
        {
            "aws_iam_role": {"r": {"name": "managed", "assume_role_policy": assumed_by("lambda")}},
            "aws_iam_role_policy_attachment": {
                "x": {
                    "role": "${aws_iam_role.r.name}",
                    "policy_arn": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
                }
            },
        },
        of("iam", "list_attached_role_policies", "AttachedPolicies.0.PolicyArn", RoleName="managed"),
        "{policy_arn}",
    ),
    "aws_ssm_parameter": Case(
        KEY
        | {
            "aws_ssm_parameter": {
                "x": {
                    "name": "/mine/secret",
                    "type": "SecureString",
                    "value": "hidden",
                    "key_id": "${aws_kms_key.k.arn}",
                }
            }
        },
        lambda server, made: [
            of("ssm", "get_parameter", f"Parameter.{member}", Name="{name}", WithDecryption=True)(
                server, made
            )
            for member in ("Value", "Type", "ARN")
        ],
        ["hidden", "SecureString", "{arn}"],
    ),
}
