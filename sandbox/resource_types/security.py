"""KMS, IAM, Systems Manager parameters and Secrets Manager."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Call, ResourceType

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_kms_key": ResourceType(
        "kms",
        Call(
            "CreateKey",
            names={"customer_master_key_spec": "KeySpec"},
            returns={"id": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn"},
        ),
        then=(
            Call(
                "EnableKeyRotation",
                attributes=("rotation_period_in_days",),
                parameters={"KeyId": "id"},
                condition="enable_key_rotation",
            ),
        ),
        computed={"key_id": "{id}"},
        ignored={"deletion_window_in_days": "how long the deletion of a key is pending"},
        limitation="KMS: S3, SQS and other services use keys without a permission of the caller",
    ),
    "aws_kms_alias": ResourceType(
        "kms",
        Call("CreateAlias", names={"name": "AliasName"}),
        computed={
            "id": "{name}",
            "arn": "arn:{partition}:kms:{region}:{account}:{name}",
        },
    ),
    "aws_iam_role": ResourceType(
        "iam",
        Call(
            "CreateRole",
            names={"name": "RoleName", "assume_role_policy": "AssumeRolePolicyDocument"},
            returns={"arn": "Role.Arn", "unique_id": "Role.RoleId"},
        ),
        computed={"id": "{name}"},
        ignored={"force_detach_policies": "how a role is destroyed"},
        limitation="IAM: policies are enforced, but the root user needs no valid signature",
    ),
    "aws_iam_role_policy": ResourceType(
        "iam",
        Call(
            "PutRolePolicy",
            names={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
        ),
        computed={"id": "{role}:{name}"},
    ),
    "aws_iam_role_policy_attachment": ResourceType(
        "iam", Call("AttachRolePolicy", names={"role": "RoleName"})
    ),
    "aws_ssm_parameter": ResourceType(
        "ssm",
        Call("PutParameter", returns={"version": "Version"}),
        then=(Call("GetParameter", parameters={"Name": "name"}, returns={"arn": "Parameter.ARN"}),),
        computed={"id": "{name}"},
    ),
    "aws_secretsmanager_secret": ResourceType(
        "secretsmanager",
        Call("CreateSecret", returns={"arn": "ARN", "id": "ARN"}),
        ignored={"recovery_window_in_days": "how long a deleted secret can be restored"},
    ),
    "aws_secretsmanager_secret_version": ResourceType(
        "secretsmanager",
        Call(
            "PutSecretValue",
            names={"secret_string_wo": "SecretString"},
            returns={"arn": "ARN", "version_id": "VersionId"},
        ),
        computed={"id": "{secret_id}|{version_id}"},
        ignored={"secret_string_wo_version": "tells Terraform that the value has changed"},
    ),
    "ephemeral.aws_secretsmanager_random_password": ResourceType(
        "secretsmanager",
        Call("GetRandomPassword", returns={"random_password": "RandomPassword"}),
    ),
}
