"""Filters a plan's `resource_drift`: most of its entries are not changes that somebody made."""

from collections.abc import Mapping
from dataclasses import replace

from review.change import JSON, Change, is_empty, leaves
from review.plan import Attributes, Plan, without_instance_keys
from review.redact import parse_json

BUCKET = "aws_s3_bucket"
REFLECTED_ATTRIBUTES: dict[str, dict[str, tuple[str, ...]]] = {
    "aws_iam_role": {
        "inline_policy": ("aws_iam_role_policy",),
        "managed_policy_arns": ("aws_iam_role_policy_attachment",),
    },
    BUCKET: {
        "acceleration_status": ("aws_s3_bucket_accelerate_configuration",),
        "cors_rule": ("aws_s3_bucket_cors_configuration",),
        "grant": ("aws_s3_bucket_acl",),
        "lifecycle_rule": ("aws_s3_bucket_lifecycle_configuration",),
        "logging": ("aws_s3_bucket_logging",),
        "object_lock_configuration": ("aws_s3_bucket_object_lock_configuration",),
        "policy": ("aws_s3_bucket_policy",),
        "replication_configuration": ("aws_s3_bucket_replication_configuration",),
        "request_payer": ("aws_s3_bucket_request_payment_configuration",),
        "server_side_encryption_configuration": ("aws_s3_bucket_server_side_encryption_configuration",),
        "versioning": ("aws_s3_bucket_versioning",),
        "website": ("aws_s3_bucket_website_configuration",),
    },
    "aws_security_group": {
        "egress": ("aws_vpc_security_group_egress_rule", "aws_security_group_rule"),
        "ingress": ("aws_vpc_security_group_ingress_rule", "aws_security_group_rule"),
    },
    "aws_route_table": {"route": ("aws_route",)},
    "aws_sns_topic": {"policy": ("aws_sns_topic_policy",)},
    "aws_sqs_queue": {
        "policy": ("aws_sqs_queue_policy",),
        "redrive_policy": ("aws_sqs_queue_redrive_policy",),
    },
    "aws_vpc_endpoint": {"policy": ("aws_vpc_endpoint_policy",)},
    "aws_kms_key": {"policy": ("aws_kms_key_policy",)},
}
"""Attributes that reflect other resources: when they are first read back, they look like drift.

By resource type and attribute: the types of the reflected resources.
"""

ITEMIZED_TYPES = ("aws_iam_role", "aws_route_table", "aws_security_group")
"""Types whose attributes list one item for each resource: an item without a resource is real drift."""

OWNER_ATTRIBUTES = (
    "bucket",
    "role",
    "security_group_id",
    "route_table_id",
    "arn",
    "queue_url",
    "vpc_endpoint_id",
    "key_id",
)
"""Attributes that name the resource in which a reflected resource appears."""

VOLATILE_ATTRIBUTES = frozenset(
    {"last_modified", "last_modified_date", "last_updated_date", "latest_restorable_time"}
)
"""Timestamps that AWS updates with every other change."""


def relevant_drift(plan: Plan) -> tuple[Change, ...]:
    """Return the changes that somebody made outside Terraform.

    Ignored are differences of null against empty, zero or false, attributes that reflect another resource in
    the state, and timestamps that AWS updates.
    """
    changes = (_without_noise(change, plan) for change in plan.drift)
    return tuple(change for change in changes if change.before != change.after)


def _without_noise(change: Change, plan: Plan) -> Change:
    if not change.after:
        return change  # the resource was destroyed
    after = {}
    for name in {*change.before, *change.after}:
        old, new = change.before.get(name), change.after.get(name)
        ignored = name in VOLATILE_ATTRIBUTES or _is_reflected(change, name, plan)
        after[name] = old if ignored else _normalized(old, new)
    return replace(change, before={name: change.before.get(name) for name in after}, after=after)


def _normalized(before: JSON, after: JSON) -> JSON:
    """Return `after` with the values of `before` wherever the two differ only in form."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {key: _normalized(before.get(key), after.get(key)) for key in {**before, **after}}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [_normalized(old, new) for old, new in zip(before, after, strict=True)]
    return before if (_is_default(before) and _is_default(after)) or _same_json(before, after) else after


def _same_json(before: JSON, after: JSON) -> bool:
    """Return whether both values are JSON texts with the same content."""
    content = parse_json(before)
    return content is not None and bool(content == parse_json(after))


def _is_default(value: JSON) -> bool:
    return is_empty(value) or value in (0, False)


def _is_reflected(change: Change, name: str, plan: Plan) -> bool:
    """Return whether everything new in an attribute reflects other resources in the state."""
    reflected_types = REFLECTED_ATTRIBUTES.get(change.type, {}).get(name)
    if not reflected_types:
        return False
    owners = {change.after.get("id"), change.after.get("name"), change.after.get("arn")} - {None}
    related = [
        values
        for address, values in plan.state.items()
        if _type(address) in reflected_types
        and any(values.get(attribute) in owners for attribute in OWNER_ATTRIBUTES)
    ]
    if change.type not in ITEMIZED_TYPES:
        return bool(related)
    old, new = change.value_before(name) or [], change.value_after(name) or []
    return all(item in new for item in old) and all(item in old or _is_managed(item, related) for item in new)


def _is_managed(item: JSON, related: list[Attributes]) -> bool:
    """Return whether every value of an item is in a resource that agrees with the item's scalar values."""
    scalars = (
        {key: value for key, value in item.items() if not isinstance(value, list)}
        if isinstance(item, dict)
        else {}
    )
    agreeing = [
        attributes
        for attributes in related
        if all(
            _normalized(attributes[key], value) == attributes[key]
            for key, value in scalars.items()
            if key in attributes
        )
    ]
    values = [leaf for attributes in agreeing for _, leaf in leaves(attributes)]
    return all(
        _is_default(leaf) or any(_normalized(value, leaf) == value for value in values)
        for _, leaf in leaves(item)
    )


def _type(address: str) -> str:
    """Return `aws_s3_bucket` for `module.a.aws_s3_bucket.b["c.d"]`."""
    return without_instance_keys(address).rpartition(".")[0].rpartition(".")[2]
