import json

from sandbox.resource_types.resource_type import Attributes
from sandbox.server.process import ACCOUNT, Server
from synthesized.stack import JSON
from tests.integration.sandbox.resource_types.case import (
    KEY,
    TAGS,
    Case,
    Resources,
    assumed_by,
    policy,
    reader,
)

EXCLUDED = "%+~`#$&*()|[]{}:;<>?!'/\"\\"
PASSWORD = "${ephemeral.aws_secretsmanager_random_password.x.random_password}"
GENERATED: Resources = {
    "aws_secretsmanager_random_password": {
        "x": {
            "password_length": 32,
            "exclude_characters": EXCLUDED,
            "exclude_numbers": False,
            "exclude_punctuation": False,
            "exclude_lowercase": False,
            "exclude_uppercase": True,
            "include_space": False,
            "require_each_included_type": True,
        }
    }
}


def version(name: str) -> Resources:
    return {
        "aws_secretsmanager_secret": {"s": {"name": name}},
        "aws_secretsmanager_secret_version": {
            "x": {
                "secret_id": "${aws_secretsmanager_secret.s.id}",
                "secret_string_wo": f'{{"username": "admin", "password": "{PASSWORD}"}}',
                "secret_string_wo_version": 1,
            }
        },
    }


def secret(server: Server, name: str) -> dict[str, JSON]:
    read = reader("secretsmanager", "get_secret_value", "SecretString", SecretId=name)
    value: dict[str, JSON] = json.loads(read(server, {}))
    return value


def stored_version(server: Server, attributes: Attributes) -> JSON:
    """Return what the secret contains, and whether the loader keeps the password."""
    value = secret(server, "with-version")
    return [sorted(value), value["username"], value["password"] in str(attributes), sorted(attributes)]


def generated_password(server: Server, attributes: Attributes) -> JSON:
    """Return its length, its excluded characters, and what the loader keeps of it."""
    password = secret(server, "with-password")["password"]
    return [
        len(password),
        [character for character in password if character in f" {EXCLUDED}" or character.isupper()],
        attributes,
    ]


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
        reader("kms", "get_key_rotation_status", "KeyRotationEnabled", KeyId="{arn}"),
        True,
    ),
    "aws_kms_alias": Case(
        KEY | {"aws_kms_alias": {"x": {"name": "alias/mine", "target_key_id": "${aws_kms_key.k.key_id}"}}},
        reader("kms", "describe_key", "KeyMetadata.KeyId", KeyId="alias/mine"),
        "{target_key_id}",
    ),
    "aws_iam_role": Case(
        {
            "aws_iam_role": {
                "x": {"name": "alone", "assume_role_policy": assumed_by("lambda"), "description": "d"}
            }
        },
        reader("iam", "get_role", "Role.Arn", RoleName="alone"),
        "{arn}",
    ),
    "aws_iam_role_policy": Case(
        {
            "aws_iam_role": {"r": {"name": "inline", "assume_role_policy": assumed_by("lambda")}},
            "aws_iam_role_policy": {
                "x": {"name": "p", "role": "${aws_iam_role.r.name}", "policy": policy("dynamodb:GetItem")}
            },
        },
        reader(
            "iam", "get_role_policy", "PolicyDocument.Statement.0.Action", RoleName="inline", PolicyName="p"
        ),
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
        reader("iam", "list_attached_role_policies", "AttachedPolicies.0.PolicyArn", RoleName="managed"),
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
        lambda server, attributes: [
            reader("ssm", "get_parameter", f"Parameter.{member}", Name="{name}", WithDecryption=True)(
                server, attributes
            )
            for member in ("Value", "Type", "ARN")
        ],
        ["hidden", "SecureString", "{arn}"],
    ),
    "aws_secretsmanager_secret": Case(
        KEY
        | {
            "aws_secretsmanager_secret": {
                "x": {
                    "name": "mine",
                    "description": "d",
                    "kms_key_id": "${aws_kms_key.k.arn}",
                    "recovery_window_in_days": 0,
                    "tags": {"Name": "mine"},
                }
            }
        },
        lambda server, attributes: [
            *(
                reader("secretsmanager", "describe_secret", member, SecretId="{id}")(server, attributes)
                for member in ("ARN", "Description", "KmsKeyId")
            ),
            {
                tag["Key"]: tag["Value"]
                for tag in reader("secretsmanager", "describe_secret", "Tags", SecretId="{id}")(
                    server, attributes
                )
            },
        ],
        ["{arn}", "d", "{kms_key_id}", TAGS],
    ),
    "aws_secretsmanager_secret_version": Case(
        version("with-version"),
        stored_version,
        [
            ["password", "username"],
            "admin",
            False,
            ["arn", "id", "secret_id", "secret_string_wo_version", "version_id"],
        ],
        ephemeral=GENERATED,
    ),
    "ephemeral.aws_secretsmanager_random_password": Case(
        version("with-password"), generated_password, [32, [], {}], ephemeral=GENERATED
    ),
}
