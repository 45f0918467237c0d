"""What was changed outside Terraform, without what a plan's `resource_drift` is full of and nobody did."""

from collections.abc import Mapping
from dataclasses import replace

from review.change import JSON, Change, empty, leaves
from review.plan import Attributes, Plan, unindexed
from review.redact import parsed

BUCKET = "aws_s3_bucket"
ECHOES: dict[str, dict[str, tuple[str, ...]]] = {
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
"""Attributes that show what other resources made: read back for the first time, they look like drift."""

PIECEMEAL = ("aws_iam_role", "aws_route_table", "aws_security_group")
"""Types of which each item is a resource of its own: one that none of them says was made by somebody else."""

OWNER = (
    "bucket",
    "role",
    "security_group_id",
    "route_table_id",
    "arn",
    "queue_url",
    "vpc_endpoint_id",
    "key_id",
)
"""Where such a resource names the one that shows it."""

CONSEQUENCES = frozenset(
    {"last_modified", "last_modified_date", "last_updated_date", "latest_restorable_time"}
)
"""Times that AWS moves by itself with any other change."""


def drift(plan: Plan) -> tuple[Change, ...]:
    """The drift that says something, each change without what does not.

    Left out is what differs only as null against empty, zero or false, what a resource of another type in the
    state accounts for, and times that move by themselves.
    """
    settled = (_settle(change, plan) for change in plan.drift)
    return tuple(each for each in settled if each.before != each.after)


def _settle(change: Change, plan: Plan) -> Change:
    if not change.after:
        return change  # it is gone
    after = {}
    for name in {*change.before, *change.after}:
        before, now = change.before.get(name), change.after.get(name)
        said = name in CONSEQUENCES or _echoed(change, name, plan)
        after[name] = before if said else _settled(before, now)
    return replace(change, before={name: change.before.get(name) for name in after}, after=after)


def _settled(before: JSON, after: JSON) -> JSON:
    """`after`, with `before` wherever the two differ as null against nothing."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {key: _settled(before.get(key), after.get(key)) for key in {**before, **after}}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [_settled(old, new) for old, new in zip(before, after, strict=True)]
    return before if (_nothing(before) and _nothing(after)) or _same_json(before, after) else after


def _same_json(before: JSON, after: JSON) -> bool:
    """Whether both are texts of the same JSON, however it is written."""
    inner = parsed(before)
    return inner is not None and bool(inner == parsed(after))


def _nothing(value: JSON) -> bool:
    return empty(value) or value in (0, False)


def _echoed(change: Change, name: str, plan: Plan) -> bool:
    """Whether other resources in the state account for all that this attribute shows anew."""
    kinds = ECHOES.get(change.type, {}).get(name)
    if not kinds:
        return False
    owners = {change.after.get("id"), change.after.get("name"), change.after.get("arn")} - {None}
    known = [
        values
        for address, values in plan.state.items()
        if _type(address) in kinds and any(values.get(each) in owners for each in OWNER)
    ]
    if change.type not in PIECEMEAL:
        return bool(known)
    before, now = change.was(name) or [], change.becomes(name) or []
    return all(each in now for each in before) and all(
        each in before or _accounted(each, known) for each in now
    )


def _accounted(item: JSON, known: list[Attributes]) -> bool:
    """Whether resources say all that an item says: those that agree with it wherever both have a value."""
    plain = (
        {key: value for key, value in item.items() if not isinstance(value, list)}
        if isinstance(item, dict)
        else {}
    )
    agreeing = [
        each
        for each in known
        if all(_settled(each[key], value) == each[key] for key, value in plain.items() if key in each)
    ]
    said = [leaf for each in agreeing for _, leaf in leaves(each)]
    return all(
        _nothing(leaf) or any(_settled(other, leaf) == other for other in said) for _, leaf in leaves(item)
    )


def _type(address: str) -> str:
    """`aws_s3_bucket` of `module.a.aws_s3_bucket.b["c.d"]`."""
    return unindexed(address).rpartition(".")[0].rpartition(".")[2]
