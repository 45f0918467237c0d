"""What is reviewed: changes, drift and outputs, wherever they were read from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from review.change import JSON, Action, Change, at

Attributes = dict[str, Any]

CONSTRUCT = ("//", "metadata", "path")
"""Where CDKTF writes the path of the construct that a block comes from."""

REFERENCE = re.compile(r"\$\{((?:data\.)?\w+\.[\w-]+)\.(\w+)\}")


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
        return REFERENCE.sub(lambda found: str(self._resolved(*found.groups()) or found[0]), value)

    def _resolved(self, address: str, attribute: str) -> JSON:
        value = at(self.state, (address, attribute))
        return value if isinstance(value, str) else None


def construct_path(block: JSON) -> str | None:
    """The path of the construct that a synthesized block comes from; None where it does not say."""
    path = at(block, CONSTRUCT)
    return path if isinstance(path, str) else None


def unindexed(address: str) -> str:
    """The address without what `count` and `for_each` add to it."""
    return re.sub(r"\[(\d+|\"([^\"\\]|\\.)*\")\]", "", address)
