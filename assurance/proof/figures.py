"""What the parts of ``make proof`` hand over."""

from dataclasses import dataclass


class ProofError(Exception):
    """A goal is missed; the message says which and by what."""


@dataclass(frozen=True)
class Figure:
    """A line of the account: what was looked at, what came out, and what was wanted."""

    name: str
    found: str
    goal: str
