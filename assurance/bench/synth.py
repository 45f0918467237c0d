"""What synth costs, against the bindings as shipped, in one run.

Each scenario runs several times in turn with the others, each time in a process of its own, so that a
machine that slows down slows all of them; figures to quote are the medians and their ratios.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from infra import bindings

ROUNDS = 5
FURTHER_RESOURCES = 200


@dataclass
class Scenario:
    """What is run, and what each run took."""

    title: str
    name: str
    buckets: int
    seconds: list[float] = field(default_factory=list)
    megabytes: list[tuple[float, float]] = field(default_factory=list)

    def run(self) -> None:
        """Once, in a process of its own that writes to a directory of its own."""
        with tempfile.TemporaryDirectory() as outdir:
            environment = os.environ | {"CDKTF_OUTDIR": outdir, "JSII_NODE": str(bindings.NODE)}
            environment.pop("NODE_OPTIONS", None)
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "assurance.bench.synth_once", self.name, str(self.buckets)],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            self.seconds.append(time.perf_counter() - start)
            python, node = map(float, done.stdout.split())
            self.megabytes.append((python, node))

    def row(self, stock: "Scenario") -> tuple[str, ...]:
        """The scenario's line in the table."""
        return (
            self.title,
            f"{median(self.seconds):.2f} s",
            f"{min(self.seconds):.2f} to {max(self.seconds):.2f}",
            " + ".join(f"{median(peaks):.0f}" for peaks in zip(*self.megabytes, strict=True)),
            f"1/{median(stock.seconds) / median(self.seconds):.1f}",
        )


def measure(console: Console) -> None:
    """Run all scenarios in turn and print the table."""
    stock = Scenario("hello world, bindings as shipped", "stock", 1)
    ours = Scenario("hello world, bindings on demand", "ours", 1)
    further = Scenario(f"the same and {FURTHER_RESOURCES} further buckets", "ours", 1 + FURTHER_RESOURCES)
    stack = Scenario("the whole stack", "stack", 0)
    scenarios = (stock, ours, further, stack)
    ours.run()  # the first run ever unpacks the bindings
    ours.seconds.clear()
    ours.megabytes.clear()
    for _ in track(range(ROUNDS), "synth", console=console, transient=True):
        for scenario in scenarios:
            scenario.run()
    table = Table("synth", "median", "min to max", "MB, Python + Node", "of as shipped")
    for scenario in scenarios:
        table.add_row(*scenario.row(stock))
    console.print(table)
    slope = (median(further.seconds) - median(ours.seconds)) / FURTHER_RESOURCES
    console.print(f"a further resource of a known kind: {slope * 1000:.1f} ms")
