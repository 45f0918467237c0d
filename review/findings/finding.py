"""The finding, and whether a change only accompanies that of another resource."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from review.change import JSON, Action, Change, leaves, value_at
from synthesized.references import addresses

Kind = Literal["stateful", "exposure", "iam", "protection"]

DEPENDENT_TYPES = re.compile(
    r"aws_(?!iam_policy$)(s3_bucket_.+|.+_(policy|permission|attachment|association|alias|grant|subscription))"
)
"""Types that configure another resource, their owner."""

IDENTIFYING_ATTRIBUTES = ("id", "name", "arn", "function_name", "bucket", "url")
"""Attributes that other resources use to refer to a resource."""


@dataclass(frozen=True)
class Finding:
    """A fact that needs a reviewer's attention.

    Attributes:
        kind: Kind of the finding.
        change: The change that causes it.
        text: Description in Markdown, a predicate whose subject is the resource; values are redacted.
        needs_human: Whether a human has to review it before apply.
        expected: Whether it is an ordinary part of a new resource, so that the report may fold it.
    """

    kind: Kind
    change: Change
    text: str
    needs_human: bool = False
    expected: bool = False


def is_created_with_owner(change: Change, changes: Iterable[Change]) -> bool:
    """Return whether a resource is created and, if it configures another resource, together with it."""
    if change.action != "create" or not DEPENDENT_TYPES.fullmatch(change.type):
        return change.action == "create"
    owners = ("role", "user", "group", "bucket", "function_name", "queue_url", "arn", "key_id")
    in_module = any(
        value_at(change.unknown, (owner,)) is True and not change.value_after(owner) for owner in owners
    )
    return in_module or _owner_has_action(change, change.after, changes, "create")


def is_deleted_with_owner(change: Change, changes: Iterable[Change]) -> bool:
    """Return whether the owner of a destroyed resource is destroyed as well."""
    return _owner_has_action(change, change.before, changes, "delete")


def _owner_has_action(
    change: Change, attributes: Mapping[str, JSON], changes: Iterable[Change], action: Action
) -> bool:
    texts = {leaf for _, leaf in leaves(attributes) if isinstance(leaf, str) and leaf}
    referenced = set(addresses(list(texts)))
    return any(
        texts.intersection(str((other.before or other.after).get(name)) for name in IDENTIFYING_ATTRIBUTES)
        or other.address in referenced  # in a synthesized stack
        for other in changes
        if other.action == action and other is not change and not DEPENDENT_TYPES.fullmatch(other.type)
    )
