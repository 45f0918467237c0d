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
    """A symmetric key that rotates every year, with an alias (P10).

    Its policy lets the account's IAM policies decide, and lets the region's CloudWatch Logs use it for the
    account's log groups (by encryption context, on an account wildcard: the groups' own ARNs would make a
    cycle) and CloudWatch alarms publish to topics that it encrypts.

    Args:
        alias: the name after `alias/`.
        protected: refuse to be destroyed (P12).

    Attributes:
        arn: the key's ARN, which tables want rather than the alias.
        alias: its alias, with `alias/`.
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
        """A statement that lets `service` (as `dynamodb`) use the key in a caller's name.

        A caller of a service that encrypts with this key needs `actions` (as `Decrypt`) beside the
        service's own; it allows no direct call of KMS, and nothing outside of the encryption `context`.
        """
        conditions: dict[str, dict[str, str | Sequence[str]]] = {
            "StringEquals": {"kms:ViaService": f"{service}.{self._region}.amazonaws.com"}
        }
        of_context = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
        conditions.setdefault(operator, {}).update(of_context)
        return policy.allow([f"kms:{action}" for action in actions], [self.arn], conditions=conditions)


class MacKey(Construct):
    """A key that signs and verifies small things, as cursors, and never leaves KMS.

    KMS rotates no HMAC keys. It holds no data: what it signed is refused once it is gone, and that is all, so
    it may be destroyed (https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html).

    Args:
        alias: the name after `alias/`.

    Attributes:
        arn: the key's ARN.
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
            policy=policy.document(_account_decides(account)),
        )
        KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=key.key_id)
        self.arn: str = key.arn

    def grant_generate_verify(self, grantee: Grantee) -> None:
        """Allow `kms:GenerateMac` and `kms:VerifyMac` with this key."""
        grantee.grant(policy.allow(["kms:GenerateMac", "kms:VerifyMac"], [self.arn]))


def _account_decides(account: Account) -> policy.Statement:
    """What every key policy needs: without it, IAM policies count for nothing and the key may be lost."""
    return policy.allow(["kms:*"], ["*"], principal={"AWS": f"arn:aws:iam::{account.id}:root"})


def _key_policy(account: Account) -> str:
    in_account = {"StringEquals": {"aws:SourceAccount": account.id}}
    log_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": account.arn("logs", "*")}}
    return policy.document(
        _account_decides(account),
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
            conditions=in_account,
        ),
    )
