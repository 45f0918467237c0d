"""The duration and memory of a synth, against the bindings as shipped and against AWS CDK, in one run.

The scenarios run in turn, several times, each time in a process of its own, so that a machine that slows down
slows all of them. The figures to quote are the medians and their ratios.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from infra import bindings
from infra.stack import STACK
from synthesized.stack import FILE, Stack

ROOT = Path(__file__).parents[2]
CDK_PYTHON = ROOT / ".build/cdk/bin/python"
"""Of the virtual environment that `make bench` creates."""

ROUNDS = 5
FURTHER_RESOURCES = 200


class BenchError(Exception):
    """The benchmark cannot run; the message contains the remedy."""


@dataclass
class Scenario:
    """A program that synthesizes, and what each of its runs took.

    Attributes:
        title: The name in the table.
        command: The interpreter and its arguments.
        count: Counts the resources in the output directory.
        seconds: Elapsed time of each run.
        cpu_seconds: CPU time of each run, that of Node included.
        megabytes: Peak memory of Python and of Node in each run.
        resources: The number of synthesized resources.
    """

    title: str
    command: Sequence[str | Path]
    count: Callable[[Path], int]
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    megabytes: list[tuple[float, float]] = field(default_factory=list)
    resources: int = 0

    def run(self) -> None:
        """Synthesize once, in a process and an output directory of its own."""
        with tempfile.TemporaryDirectory() as outdir:
            environment = os.environ | {"CDKTF_OUTDIR": outdir, "CDK_OUTDIR": outdir}
            environment["JSII_NODE"] = str(bindings.NODE)
            environment.pop("NODE_OPTIONS", None)
            cpu, start = _children_cpu(), time.perf_counter()
            run = subprocess.run(
                self.command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            self.seconds.append(time.perf_counter() - start)
            self.cpu_seconds.append(_children_cpu() - cpu)
            python, node = map(float, run.stdout.split())
            self.megabytes.append((python, node))
            self.resources = self.count(Path(outdir))

    def warm_up(self) -> None:
        """Run without counting: the first run compiles, and unpacks packages."""
        self.run()
        self.seconds.clear()
        self.cpu_seconds.clear()
        self.megabytes.clear()

    def row(self, stock: "Scenario") -> tuple[str, ...]:
        """Return the scenario's line in the table."""
        return (
            self.title,
            str(self.resources),
            f"{median(self.seconds):.2f} s",
            f"{min(self.seconds):.2f} to {max(self.seconds):.2f}",
            f"{median(self.cpu_seconds):.2f} s",
            " + ".join(f"{median(peaks):.0f}" for peaks in zip(*self.megabytes, strict=True)),
            f"1/{self.ratio(stock):.1f}",
        )

    def ratio(self, other: "Scenario") -> float:
        """Return how many times as long the other scenario takes."""
        return median(other.seconds) / median(self.seconds)


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _synthesize(name: str, buckets: int = 0) -> list[str]:
    return [sys.executable, "-m", "assurance.bench.synth_once", name, str(buckets)]


def _count(stack: str) -> Callable[[Path], int]:
    return lambda outdir: len(Stack.read(outdir / "stacks" / stack / FILE).resources())


def _count_cdk(outdir: Path) -> int:
    return len(json.loads((outdir / "serverless.template.json").read_text())["Resources"])


def measure(console: Console) -> None:
    """Run all scenarios in turn and print the table.

    Raises:
        BenchError: AWS CDK is not installed.
    """
    if not CDK_PYTHON.exists():
        raise BenchError("AWS CDK is not installed: run make bench")
    hello = _count("hello")
    stock = Scenario("hello world, bindings as shipped", _synthesize("stock", 1), hello)
    ours = Scenario("hello world, bindings on demand", _synthesize("ours", 1), hello)
    further = Scenario(
        f"the same and {FURTHER_RESOURCES} further buckets", _synthesize("ours", 1 + FURTHER_RESOURCES), hello
    )
    stack = Scenario("the whole stack", _synthesize("stack"), _count(STACK))
    cdk = Scenario("the same in AWS CDK", [CDK_PYTHON, "-m", "assurance.bench.cdk"], _count_cdk)
    scenarios = (stock, ours, further, stack, cdk)
    for scenario in track(scenarios, "synth, first runs", console=console, transient=True):
        scenario.warm_up()
    for _ in track(range(ROUNDS), "synth", console=console, transient=True):
        for scenario in scenarios:
            scenario.run()
    table = Table("synth", "resources", "median", "min to max", "CPU", "MB, Python + Node", "of as shipped")
    for scenario in scenarios:
        table.add_row(*scenario.row(stock))
    console.print(table)
    slope = (median(further.seconds) - median(ours.seconds)) / FURTHER_RESOURCES
    console.print(f"The whole stack takes 1/{stack.ratio(cdk):.1f} of the time of the same in AWS CDK.")
    console.print(f"A further resource of a known type takes {slope * 1000:.1f} ms.")
