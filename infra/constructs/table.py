"""A DynamoDB table."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
)
from constructs import Construct

from infra.constructs import policy
from infra.constructs.account import Account
from infra.constructs.grants import Grantee
from infra.constructs.key import Key

ITEM_ACTIONS = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"})
"""What can be granted on a table's items."""


class Table(Construct):
    """An on-demand table with the hash key ``id`` (S), encrypted, with point-in-time recovery (P11).

    Args:
        ttl_attribute: the attribute (epoch seconds) after which an item is deleted.
        protected: refuse to be destroyed, here and by DynamoDB itself (P12).

    Attributes:
        name: the table's name.
        arn: its ARN.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: Key,
        account: Account,
        ttl_attribute: str,
        protected: bool,
    ) -> None:
        super().__init__(scope, id)
        table = DynamodbTable(
            self,
            "table",
            name=name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="id",
            attribute=[DynamodbTableAttribute(name="id", type="S")],
            ttl=DynamodbTableTtl(attribute_name=ttl_attribute, enabled=True),
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=key.arn),
            deletion_protection_enabled=protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        self.name: str = table.name
        self.arn: str = table.arn
        self._key = key
        self._account = account

    def grant(self, grantee: Grantee, *actions: str) -> None:
        """Allow exactly ``actions`` on the items of this table, and its key for no other table.

        DynamoDB decrypts the table's key in the caller's name, so the caller needs ``kms:Decrypt`` through
        DynamoDB with the table's encryption context
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).

        Args:
            grantee: the function that calls.
            actions: of ``ITEM_ACTIONS``, without the prefix ``dynamodb:``.

        Raises:
            ValueError: when an action is none of these.
        """
        unknown = set(actions) - ITEM_ACTIONS
        if unknown:
            raise ValueError(f"{sorted(unknown)} cannot be granted on a table; use {sorted(ITEM_ACTIONS)}")
        through_dynamodb = {
            "StringEquals": {
                "kms:ViaService": f"dynamodb.{self._account.region}.amazonaws.com",
                "kms:EncryptionContext:aws:dynamodb:tableName": self.name,
            }
        }
        grantee.add_to_role_policy(
            f"table-{self.node.id}",
            policy.allow([f"dynamodb:{action}" for action in actions], [self.arn]),
            policy.allow(["kms:Decrypt"], [self._key.arn], conditions=through_dynamodb),
        )
