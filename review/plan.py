"""What is reviewed: changes, drift and outputs, wherever they were read from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from review.change import JSON, Action, Change, at
from synthesized.references import Expression, replace

Attributes = dict[str, Any]


@dataclass(frozen=True)
class Output:
    """An output that changes; `sensitive` where the plan marks it."""

    name: str
    action: Action
    before: JSON
    after: JSON
    unknown: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class Plan:
    """What is reviewed, wherever it was read from.

    Attributes:
        changes: Every resource that changes.
        unchanged: How many do not.
        drift: What was changed outside Terraform, as it was recorded.
        outputs: The outputs that change.
        notes: What else a reviewer has to know, such as that planning failed.
        state: The attributes of what is in the state, by address.
        secrets: Texts that the plan marks as sensitive, wherever they stand.
        errored: Whether planning failed, so that this is a part of what it would have been.
        blocks: The synthesized resources by address, where a synth was given with the plan.
    """

    changes: tuple[Change, ...]
    unchanged: int = 0
    drift: tuple[Change, ...] = ()
    outputs: tuple[Output, ...] = ()
    notes: tuple[str, ...] = ()
    state: Mapping[str, Attributes] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    errored: bool = False
    blocks: Mapping[str, Attributes] = field(default_factory=dict)

    def synthesized(self, address: str, name: str) -> JSON:
        """What the synth has for an argument that the plan does not know yet; None without a synth.

        References in it are resolved as far as the state goes.
        """
        value = at(self.blocks, (unindexed(address), name))
        if not isinstance(value, str):
            return value
        return replace(value, self._resolved)

    def _resolved(self, expression: Expression) -> str:
        """Return the value of a reference to a text in the state, or the expression as it is."""
        reference = expression.reference
        if reference is None or reference.steps:
            return expression.text
        value = at(self.state, (reference.address, reference.attribute))
        return value if isinstance(value, str) and value else expression.text


def unindexed(address: str) -> str:
    """The address without what `count` and `for_each` add to it."""
    return re.sub(r"\[(\d+|\"([^\"\\]|\\.)*\")\]", "", address)
