"""What all findings have in common."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from review.change import JSON, Action, Change, at, leaves
from synthesized.references import addresses

Kind = Literal["stateful", "exposure", "iam", "protection"]

PART = re.compile(
    r"aws_(?!iam_policy$)(s3_bucket_.+|.+_(policy|permission|attachment|association|alias|grant|subscription))"
)
"""Types that say something of another resource and are nothing by themselves."""

NAMES = ("id", "name", "arn", "function_name", "bucket", "url")
"""Attributes by which others name a resource."""


@dataclass(frozen=True)
class Finding:
    """One thing that a reviewer has to see.

    Attributes:
        kind: Which question it answers.
        change: The change that it is about.
        text: What is so, in Markdown; values went through the redactor.
        needs_human: Whether it may not be applied unseen.
        expected: Whether it comes with something new, so that it may be folded.
    """

    kind: Kind
    change: Change
    text: str
    needs_human: bool = False
    expected: bool = False


def is_new(change: Change, changes: Iterable[Change]) -> bool:
    """Whether it is created together with what it is a part of, so that nothing that was there is changed."""
    if change.action != "create" or not PART.fullmatch(change.type):
        return change.action == "create"
    owners = ("role", "user", "group", "bucket", "function_name", "queue_url", "arn", "key_id")
    in_module = any(at(change.unknown, (each,)) is True and not change.becomes(each) for each in owners)
    return in_module or _along(change, change.after, changes, "create")


def goes_along(change: Change, changes: Iterable[Change]) -> bool:
    """Whether something that a destroyed resource names goes as well, so that nothing is left bare."""
    return _along(change, change.before, changes, "delete")


def _along(change: Change, names: Mapping[str, JSON], changes: Iterable[Change], action: Action) -> bool:
    named = {leaf for _, leaf in leaves(names) if isinstance(leaf, str) and leaf}
    referred = set(addresses(list(named)))
    return any(
        named.intersection(str((each.before or each.after).get(name)) for name in NAMES)
        or each.address in referred  # as a synthesized stack names it
        for each in changes
        if each.action == action and each is not change and not PART.fullmatch(each.type)
    )
