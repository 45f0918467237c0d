"""What came of cases, by what they were tried on."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, settings

from assurance.proof.figures import Figure, ProofError

KINDS = ("2xx", "4xx", "5xx")
"""Of answers; what a handler of events returns, refuses, and does not handle counts as these."""

MOST_SHOWN = 10


@dataclass
class Tally:
    """Counts of cases, and what was wrong with any.

    Attributes:
        counts: By what was tried (an API, and the operation of it; a handler), by kind.
        wrong: One line each.
    """

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, part: str, kind: str) -> None:
        """Count a case."""
        self.counts.setdefault((name, part), Counter())[kind] += 1

    def total(self) -> int:
        """How many cases there were."""
        return sum(counter.total() for counter in self.counts.values())

    def check(self) -> None:
        """Check that nothing was wrong, and that every success was reached.

        Raises:
            ProofError: Says what was wrong, or where nothing was accepted.
        """
        if self.wrong:
            shown = "\n".join(self.wrong[:MOST_SHOWN])
            raise ProofError(f"{len(self.wrong)} of {self.total()} cases of bad input went wrong:\n{shown}")
        never = [" ".join(name) for name, counter in self.counts.items() if not counter["2xx"]]
        if never:
            raise ProofError(f"bad input: no success was reached of {', '.join(never)}")

    def figures(self) -> list[Figure]:
        """A line for each API and each handler."""
        sums: dict[str, Counter[str]] = {}
        for (name, _), counter in self.counts.items():
            sums.setdefault(name, Counter()).update(counter)
        return [
            Figure(
                name,
                ", ".join([f"{counter.total()} cases", *(f"{counter[kind]} {kind}" for kind in KINDS)]),
                "0 5xx, and some 2xx of each operation",
            )
            for name, counter in sums.items()
        ]


def generated(cases: int) -> settings:
    """How hypothesis runs here: so many cases, always the same ones, all of them whatever comes."""
    return settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
