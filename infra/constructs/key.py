"""KMS keys."""

from collections.abc import Mapping, Sequence
from typing import Literal

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from infra import policy
from infra.constructs.account import Account
from infra.constructs.grants import Grantee

DELETION_WINDOW_DAYS = 30


class Key(Construct):
    """A symmetric key with an alias and yearly rotation (P10).

    The key policy delegates to the account's IAM policies. It allows CloudWatch Logs of the region to use
    the key for the account's log groups, and CloudWatch alarms to publish to topics that the key encrypts.
    The statement for log groups has a wildcard in the encryption context, because the ARNs of the groups
    would result in a dependency cycle. The statement for alarms has no condition, as AWS documents it: with a
    condition that never matches, every notification would be dropped without an error
    (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html). The policy of the topic restricts it
    to the account's alarms; see `Alarms`.

    Args:
        alias: Name of the alias, without `alias/`.
        account: Account of the key.
        protected: Add `prevent_destroy` (P12).

    Attributes:
        arn: ARN of the key; tables need it instead of the alias.
        alias: Name of the alias, with `alias/`.
    """

    def __init__(self, scope: Construct, id: str, *, alias: str, account: Account, protected: bool) -> None:
        super().__init__(scope, id)
        key = KmsKey(
            self,
            "key",
            description=f"Encrypts what {alias} names",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=_key_policy(account),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=key.key_id)
        self.arn: str = key.arn
        self.alias = f"alias/{alias}"
        self._region = account.region

    def via_service_statement(
        self,
        service: str,
        actions: Sequence[str],
        context: Mapping[str, str | Sequence[str]],
        *,
        operator: Literal["StringEquals", "StringLike"] = "StringEquals",
    ) -> policy.Statement:
        """A statement that allows a caller of `service` the use of this key through that service.

        A caller of a service that encrypts with this key needs `actions` in addition to the actions of the
        service. The statement allows no direct call of KMS, and no other encryption context.

        Args:
            service: Prefix of the service, as `dynamodb`.
            actions: Actions without the prefix `kms:`, as `Decrypt`.
            context: Encryption context, by name.
            operator: Operator that compares the context.
        """
        conditions: dict[str, dict[str, str | Sequence[str]]] = {
            "StringEquals": {"kms:ViaService": f"{service}.{self._region}.amazonaws.com"}
        }
        context_conditions = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
        conditions.setdefault(operator, {}).update(context_conditions)
        return policy.allow([f"kms:{action}" for action in actions], [self.arn], conditions=conditions)


class MacKey(Construct):
    """A key that signs and verifies small values, such as cursors, and never leaves KMS.

    KMS does not rotate HMAC keys. The key protects no data, so it can be destroyed: signatures then become
    invalid (https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html).

    Args:
        alias: Name of the alias, without `alias/`.
        account: Account of the key.

    Attributes:
        arn: ARN of the key.
    """

    def __init__(self, scope: Construct, id: str, *, alias: str, account: Account) -> None:
        super().__init__(scope, id)
        key = KmsKey(
            self,
            "key",
            description=f"Signs what {alias} names",
            key_usage="GENERATE_VERIFY_MAC",
            customer_master_key_spec="HMAC_256",
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=policy.document(_delegation_to_iam(account)),
        )
        KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=key.key_id)
        self.arn: str = key.arn

    def grant_generate_verify(self, grantee: Grantee) -> None:
        """Allow `kms:GenerateMac` and `kms:VerifyMac` with this key."""
        grantee.grant(policy.allow(["kms:GenerateMac", "kms:VerifyMac"], [self.arn]))


def _delegation_to_iam(account: Account) -> policy.Statement:
    """The statement that every key policy needs; without it, IAM policies do not apply to the key."""
    return policy.allow(["kms:*"], ["*"], principal={"AWS": f"arn:aws:iam::{account.id}:root"})


def _key_policy(account: Account) -> str:
    log_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": account.arn("logs", "*")}}
    return policy.document(
        _delegation_to_iam(account),
        policy.allow(
            [
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
            ],
            ["*"],
            principal={"Service": f"logs.{account.region}.amazonaws.com"},
            conditions=log_groups,
        ),
        policy.allow(
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            ["*"],
            principal={"Service": "cloudwatch.amazonaws.com"},
        ),
    )
