"""Secrets with generated passwords."""

import json

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from constructs import Construct

from infra import policy
from infra.constructs.grants import Grantee
from infra.constructs.key import Key

RANDOM_PASSWORD = "aws_secretsmanager_random_password"  # noqa: S105 - a resource type
PASSWORD_LENGTH = 32
EXCLUDED_CHARACTERS = "%+~`#$&*()\\|[]{}:;<>?!'/\""
"""Characters that connection strings, shells or JSON would require to escape (U3)."""


class GeneratedSecret(Construct):
    """A user name and a password that Secrets Manager generates, as `{"username": ..., "password": ...}`.

    The password is an ephemeral value that is passed to a write-only argument: no file, plan, state or log
    contains it (P13). An apply generates a new one only for a new `generation`.

    Args:
        name: Name of the secret.
        username: User name of the password.
        key: Key that encrypts the secret.
        protected: Add `prevent_destroy` (P12).
        force_destroy: Destroy the secret at once. By default, it can be recovered for 30 days.
        generation: Number of the password; a higher number makes the next apply generate a new one.

    Attributes:
        arn: ARN of the secret.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        username: str,
        key: Key,
        protected: bool,
        force_destroy: bool,
        generation: int = 1,
    ) -> None:
        super().__init__(scope, id)
        secret = SecretsmanagerSecret(
            self,
            "secret",
            name=name,
            kms_key_id=key.arn,
            recovery_window_in_days=0 if force_destroy else 30,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        self.arn: str = secret.arn
        self._key = key
        SecretsmanagerSecretVersion(
            self,
            "version",
            secret_id=secret.id,
            secret_string_wo=json.dumps({"username": username, "password": self._password(secret)}),
            secret_string_wo_version=generation,
        )

    def grant_read(self, grantee: Grantee) -> None:
        """Allow `secretsmanager:GetSecretValue` on this secret, and its key through Secrets Manager."""
        grantee.grant(
            policy.allow(["secretsmanager:GetSecretValue"], [self.arn]),
            self._key.via_service_statement("secretsmanager", ["Decrypt"], {"SecretARN": self.arn}),
        )

    def _password(self, secret: SecretsmanagerSecret) -> str:
        """A reference to the ephemeral password, which is added by an override: the bindings lack it."""
        address = f"ephemeral.{RANDOM_PASSWORD}.{secret.friendly_unique_id}"
        arguments = {
            "password_length": PASSWORD_LENGTH,
            "exclude_characters": EXCLUDED_CHARACTERS,
            "include_space": False,
            "require_each_included_type": True,
        }
        TerraformStack.of(self).add_override(address, arguments)
        return f"${{{address}.random_password}}"
