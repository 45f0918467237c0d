"""DynamoDB tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.appautoscaling_policy import AppautoscalingPolicy
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
)
from constructs import Construct

from infra import policy
from infra.constructs.grants import Grantee
from infra.constructs.key import Key

ITEM_ACTIONS = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"})
"""Actions that can be granted on the items of a table."""


@dataclass(frozen=True)
class Capacity:
    """Provisioned capacity of a table.

    Attributes:
        read: Read capacity units.
        write: Write capacity units.
        maximum: Upper limit of autoscaling, in units; None for no autoscaling.
    """

    read: int
    write: int
    maximum: int | None = None


class Table(Construct):
    """An encrypted table with point-in-time recovery (P11).

    Args:
        name: Name of the table.
        key: Key that encrypts the items.
        protected: Add `prevent_destroy` and DynamoDB's own deletion protection (P12).
        hash_key: Attribute (string) of the partition key.
        ttl_attribute: Attribute (epoch seconds) after which DynamoDB deletes an item; none by default.
        capacity: Provisioned capacity; on demand by default, which needs no estimate and costs nothing when
            idle.

    Attributes:
        name: Name of the table.
        arn: ARN of the table.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: Key,
        protected: bool,
        hash_key: str = "id",
        ttl_attribute: str | None = None,
        capacity: Capacity | None = None,
    ) -> None:
        super().__init__(scope, id)
        table = DynamodbTable(
            self,
            "table",
            name=name,
            billing_mode="PAY_PER_REQUEST" if capacity is None else "PROVISIONED",
            read_capacity=capacity and capacity.read,
            write_capacity=capacity and capacity.write,
            hash_key=hash_key,
            attribute=[DynamodbTableAttribute(name=hash_key, type="S")],
            ttl=ttl_attribute and DynamodbTableTtl(attribute_name=ttl_attribute, enabled=True),
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=key.arn),
            deletion_protection_enabled=protected,
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=protected,
                # an apply must not reset the capacity that autoscaling has set
                ignore_changes=["read_capacity", "write_capacity"] if capacity and capacity.maximum else None,
            ),
        )
        self.name: str = table.name
        self.arn: str = table.arn
        self._key, self._hash_key = key, hash_key
        if capacity is not None and capacity.maximum is not None:
            self._autoscale("read", capacity.read, capacity.maximum)
            self._autoscale("write", capacity.write, capacity.maximum)

    def _autoscale(self, direction: Literal["read", "write"], minimum: int, maximum: int) -> None:
        """Keep the consumed capacity at 70%, DynamoDB's default target."""
        title = direction.capitalize()
        target = AppautoscalingTarget(
            self,
            f"{direction}-target",
            service_namespace="dynamodb",
            resource_id=f"table/{self.name}",
            scalable_dimension=f"dynamodb:table:{title}CapacityUnits",
            min_capacity=minimum,
            max_capacity=maximum,
        )
        AppautoscalingPolicy(
            self,
            f"{direction}-scaling",
            name=f"{direction}-scaling",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {
                    "predefined_metric_type": f"DynamoDB{title}CapacityUtilization"
                },
                "target_value": 70,
            },
        )

    def grant_update(self, grantee: Grantee, attributes: Sequence[str]) -> None:
        """Allow updates of these attributes of items, and the use of the table's key; see `grant`.

        An update may name no other attribute, and return none
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html). If its
        condition fails, it can still return the whole item: no condition key is about that.
        """
        names = "dynamodb:Attributes"
        conditions: policy.Conditions = {
            "ForAllValues:StringEquals": {names: [self._hash_key, *attributes]},
            "Null": {names: "false"},  # a request without attributes would have only allowed ones
            "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
        }
        grantee.grant(
            policy.allow(["dynamodb:UpdateItem"], [self.arn], conditions=conditions), self._decrypt()
        )

    def grant(self, grantee: Grantee, *actions: str) -> None:
        """Allow exactly `actions` on the items of this table, and the use of its key for this table.

        DynamoDB decrypts the table's key with the caller's permissions, so the caller needs `kms:Decrypt`
        through DynamoDB with the table's encryption context
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).

        Args:
            grantee: Function or other construct with a role.
            actions: Actions of `ITEM_ACTIONS`, without the prefix `dynamodb:`.

        Raises:
            ValueError: An action cannot be granted.
        """
        unknown = set(actions) - ITEM_ACTIONS
        if unknown:
            raise ValueError(f"{sorted(unknown)} cannot be granted on a table; use {sorted(ITEM_ACTIONS)}")
        grantee.grant(policy.allow([f"dynamodb:{action}" for action in actions], [self.arn]), self._decrypt())

    def _decrypt(self) -> policy.Statement:
        return self._key.via_service_statement("dynamodb", ["Decrypt"], {"aws:dynamodb:tableName": self.name})
