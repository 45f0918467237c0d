"""What is reviewed: changes, drift and outputs, independent of the format that they were read from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from review.change import JSON, Action, Change, value_at
from synthesized.references import Expression, replace

Attributes = dict[str, Any]


@dataclass(frozen=True)
class Output:
    """An output that changes.

    Attributes:
        name: Name of the output.
        action: What Terraform does with it.
        before: Value in the state; None if there is none.
        after: Planned value; None if there is none or it is unknown.
        unknown: Whether the planned value is known only after apply.
        sensitive: Whether the plan marks it as sensitive.
    """

    name: str
    action: Action
    before: JSON
    after: JSON
    unknown: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class Plan:
    """The changes to review.

    Attributes:
        changes: Every resource that changes.
        unchanged: Number of resources that do not change.
        drift: Changes made outside Terraform, as the plan records them.
        outputs: Outputs that change.
        notes: Further facts for the reviewer, such as that planning failed.
        state: Attributes of the resources in the state, by address.
        secrets: Strings that the plan marks as sensitive, from every part of it.
        errored: Whether planning failed, so that the plan is incomplete.
        blocks: Synthesized resources by address; empty unless a synth was given with the plan.
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

    def synthesized_value(self, address: str, name: str) -> JSON:
        """Return an argument's value in the synth, for arguments that the plan does not know yet.

        References in the value are resolved as far as the state allows. The result is None without a synth.
        """
        value = value_at(self.blocks, (without_instance_keys(address), name))
        if not isinstance(value, str):
            return value
        return replace(value, self._resolve)

    def _resolve(self, expression: Expression) -> str:
        """Return the value of a reference to a text in the state, or the expression itself."""
        reference = expression.reference
        if reference is None or reference.steps:
            return expression.text
        value = value_at(self.state, (reference.address, reference.attribute))
        return value if isinstance(value, str) and value else expression.text


def without_instance_keys(address: str) -> str:
    """Return the address without the keys that `count` and `for_each` add."""
    return re.sub(r"\[(\d+|\"([^\"\\]|\\.)*\")\]", "", address)
