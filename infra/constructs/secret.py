"""Secrets that nobody has ever seen."""

import json

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from constructs import Construct

from infra import policy
from infra.constructs.grants import Grantee
from infra.constructs.key import Key

RANDOM_PASSWORD = "aws_secretsmanager_random_password"  # noqa: S105 - the type of a resource
PASSWORD_LENGTH = 32
EXCLUDED_CHARACTERS = "%+~`#$&*()\\|[]{}:;<>?!'/\""
"""What a connection string, a shell or JSON would have to escape (U3)."""


class GeneratedSecret(Construct):
    """A user name and a password that Secrets Manager draws, as `{"username": ..., "password": ...}`.

    The password is an ephemeral value that is handed over by a write-only argument: it is in no file, plan,
    state or log (P13). Only a new `generation` draws another.

    Args:
        name: the secret's name.
        username: the user that the password is for.
        generation: counts the passwords; raise it to have the next apply draw a new one.
        protected: refuse to be destroyed (P12).
        force_destroy: be gone at once when destroyed; otherwise there are 30 days of grace.

    Attributes:
        arn: of the secret.
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
        """Declare the ephemeral password, which the provider has and its bindings have not; refer to it."""
        address = f"ephemeral.{RANDOM_PASSWORD}.{secret.friendly_unique_id}"
        drawn = {
            "password_length": PASSWORD_LENGTH,
            "exclude_characters": EXCLUDED_CHARACTERS,
            "include_space": False,
            "require_each_included_type": True,
        }
        TerraformStack.of(self).add_override(address, drawn)
        return f"${{{address}.random_password}}"
