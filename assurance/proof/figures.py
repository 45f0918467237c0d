"""The results of the parts of `make proof`."""

from dataclasses import dataclass


class ProofError(Exception):
    """A goal is missed; the message names the goal and the result."""


@dataclass(frozen=True)
class Figure:
    """A row of the proof's table.

    Attributes:
        name: What was measured.
        result: The result.
        goal: The result that is required; `-` or empty if the figure is for information.
    """

    name: str
    result: str
    goal: str
