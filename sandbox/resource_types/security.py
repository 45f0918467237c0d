"""Keys, roles, parameters and secrets."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Call, Kind

KINDS: Mapping[str, Kind] = {
    "aws_kms_key": Kind(
        "kms",
        Call(
            "CreateKey",
            names={"customer_master_key_spec": "KeySpec"},
            returns={"id": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn"},
        ),
        then=(
            Call(
                "EnableKeyRotation",
                takes=("rotation_period_in_days",),
                keys={"KeyId": "id"},
                when="enable_key_rotation",
            ),
        ),
        composed={"key_id": "{id}"},
        ignored={"deletion_window_in_days": "how long a destroyed key waits"},
    ),
    "aws_kms_alias": Kind(
        "kms",
        Call("CreateAlias", names={"name": "AliasName"}),
        composed={
            "id": "{name}",
            "arn": "arn:{partition}:kms:{region}:{account}:{name}",
        },
    ),
    "aws_iam_role": Kind(
        "iam",
        Call(
            "CreateRole",
            names={"name": "RoleName", "assume_role_policy": "AssumeRolePolicyDocument"},
            returns={"arn": "Role.Arn", "unique_id": "Role.RoleId"},
        ),
        composed={"id": "{name}"},
        ignored={"force_detach_policies": "how a role is destroyed"},
        caveat="IAM: access keys are held to their permissions, but their secrets are not checked",
    ),
    "aws_iam_role_policy": Kind(
        "iam",
        Call(
            "PutRolePolicy",
            names={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
        ),
        composed={"id": "{role}:{name}"},
    ),
    "aws_iam_role_policy_attachment": Kind("iam", Call("AttachRolePolicy", names={"role": "RoleName"})),
    "aws_ssm_parameter": Kind(
        "ssm",
        Call("PutParameter", returns={"version": "Version"}),
        then=(Call("GetParameter", keys={"Name": "name"}, returns={"arn": "Parameter.ARN"}),),
        composed={"id": "{name}"},
    ),
    "aws_secretsmanager_secret": Kind(
        "secretsmanager",
        Call("CreateSecret", returns={"arn": "ARN", "id": "ARN"}),
        ignored={"recovery_window_in_days": "how long a destroyed secret waits"},
    ),
    "aws_secretsmanager_secret_version": Kind(
        "secretsmanager",
        Call(
            "PutSecretValue",
            names={"secret_string_wo": "SecretString"},
            returns={"arn": "ARN", "version_id": "VersionId"},
        ),
        composed={"id": "{secret_id}|{version_id}"},
        ignored={"secret_string_wo_version": "tells Terraform that the value is another"},
    ),
    "ephemeral.aws_secretsmanager_random_password": Kind(
        "secretsmanager",
        Call("GetRandomPassword", returns={"random_password": "RandomPassword"}),
    ),
}
