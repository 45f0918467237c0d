"""What all findings have in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from review.change import Change, leaves

Kind = Literal["stateful", "exposure", "iam", "protection"]


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


def goes_along(change: Change, changes: Iterable[Change]) -> bool:
    """Whether something that a destroyed resource names goes as well, so that nothing is left bare."""
    named = {leaf for _, leaf in leaves(change.before) if isinstance(leaf, str)}
    return any(
        named.intersection(each.was(name) for name in ("id", "name", "arn", "function_name"))
        or any(f"${{{each.address}." in leaf for leaf in named)  # as a synthesized stack names it
        for each in changes
        if each.action == "delete" and each is not change
    )
