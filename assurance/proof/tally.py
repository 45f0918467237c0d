"""Counts cases of malformed input by what they were sent to and by their outcome."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, settings

from assurance.proof.figures import Figure, ProofError

OUTCOMES = ("2xx", "4xx", "5xx")
"""Classes of a response's status; for events: what a function returns, rejects, and does not handle."""

EVENT_OUTCOME = "events"
"""The property that tests of generated events record: function, outcome and number of events."""

MAX_SHOWN_FAILURES = 10


@dataclass
class Tally:
    """Counts of cases, and descriptions of those that failed.

    Attributes:
        counts: By target (an API or a function) and operation: the number of cases of each outcome.
        failures: A line for each case that failed.
    """

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, target: str, operation: str, outcome: str, count: int = 1) -> None:
        """Count cases."""
        self.counts.setdefault((target, operation), Counter())[outcome] += count

    def total(self) -> int:
        """Return the number of cases."""
        return sum(counter.total() for counter in self.counts.values())

    def check(self) -> None:
        """Check that no case failed, and that every operation succeeded at least once.

        Raises:
            ProofError: A case failed, or an operation never succeeded.
        """
        if self.failures:
            shown = "\n".join(self.failures[:MAX_SHOWN_FAILURES])
            raise ProofError(
                f"{len(self.failures)} of {self.total()} cases of malformed input failed:\n{shown}"
            )
        never = [" ".join(name) for name, counter in self.counts.items() if not counter["2xx"]]
        if never:
            raise ProofError(f"malformed input: these never succeeded: {', '.join(never)}")

    def figures(self) -> list[Figure]:
        """Return a figure for each target."""
        sums: dict[str, Counter[str]] = {}
        for (target, _), counter in self.counts.items():
            sums.setdefault(target, Counter()).update(counter)
        return [
            Figure(
                target,
                ", ".join([f"{counter.total()} cases", *(f"{counter[name]} {name}" for name in OUTCOMES)]),
                "no 5xx, and each operation with some 2xx",
            )
            for target, counter in sums.items()
        ]


def generated(cases: int) -> settings:
    """Return Hypothesis settings for exactly `cases` cases that are the same in every run."""
    return settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
