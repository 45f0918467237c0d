"""Faults at every call of every function, and events that come again: the matrices of the tests, counted.

The tests assert of each case that no accepted write is lost, that none has its effect twice, and that whoever
called is told the right thing; so a matrix that passes is an account of as many zeros as it has cases.
"""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console

from assurance.proof.figures import Figure, ProofError
from tests.settings import settings_from

ROOT = Path(__file__).parents[2]
INTEGRATION = "tests/integration/test_"
POISON = "tests/e2e/test_poison.py"
FILES = (
    f"{INTEGRATION}tasks_faults.py",
    f"{INTEGRATION}records_faults.py",
    f"{INTEGRATION}requests_faults.py",
    f"{INTEGRATION}files_faults.py",
    f"{INTEGRATION}unresponsive_services.py",
    f"{INTEGRATION}files_api_faults.py",
    f"{INTEGRATION}files_events.py",
    f"{INTEGRATION}requests_complete.py",
    f"{INTEGRATION}uploads_faults.py",
    POISON,
)
AGAIN = re.compile("events?_(in_any_order|delivered)|order_of_events|_(older|newer|same)_event")
"""Tests of events that come again, up to ten times, at once and in every order."""

KINDS = ("error", "throttle", "timeout", "lost-answer", "kill-before", "kill-after", "cut-off")
KIND = re.compile(rf"\b({'|'.join(KINDS)})\b")
STRUCK = {
    r"tasks_faults.*\[(get|post|put|delete)\b": "tasks.{}",
    r"tasks_faults.*\[(?:list|next-page)": "tasks.get",
    r"tasks_faults.*(?:replay|removal_of_the_record)": "tasks.post",
    r"records_faults.*\[(writer|reader)": "records.{}",
    r"uploads_faults.*blow": "uploads.processor",
    r"requests_faults.*blow_to_(receive|complete)": "requests.{}",
    r"requests_faults.*client_that_sends": "requests.receive",
    r"files_api_faults|files_faults.*the_api": "files.api",
    r"files_faults.*\.jpg": "files.image",
    r"files_faults.*\.(?:txt|pdf)": "files.document",
    r"files_faults": "files.data",  # whose pipeline is that of the other two
}
"""Which function a case strikes; the first that is found in its name."""


@dataclass
class Account:
    """What was run.

    Attributes:
        struck: Cases by function, by the kind of the fault.
        events: How many tests of events that come again have passed.
        poisons: How many functions keep once what they always fail at, and finish it after a redrive.
        waits: How long each function took to give up on services that never answer, by its name.
        wrong: A line for each test that failed.
    """

    struck: dict[str, Counter[str]] = field(default_factory=dict)
    events: int = 0
    poisons: int = 0
    waits: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def figures(self) -> list[Figure]:
        """Return the account's lines.

        Raises:
            ProofError: A case failed, or a function has none.
        """
        if self.wrong:
            raise ProofError("\n".join(["faults have done harm:", *self.wrong]))
        missing = functions() - set(self.struck)
        if missing:
            raise ProofError(f"faults: nothing strikes {', '.join(sorted(missing))}")
        cases = sum(counter.total() for counter in self.struck.values())
        return [
            *(
                Figure(f"faults at the calls of {name}", _counted(counter), "each case holds")
                for name, counter in sorted(self.struck.items())
            ),
            Figure("writes lost, doubled; wrong statuses", f"0, 0; 0 in {cases} cases", "0, 0; 0"),
            Figure(
                "time to give up on a service that never answers",
                ", ".join(f"{name} {seconds}" for name, seconds in sorted(self.waits.items())),
                "within the timeout",
            ),
            Figure("tests of events again, at once and in any order", f"{self.events} hold", "one effect"),
            Figure("functions of events whose poison is kept once, and redriven", f"{self.poisons}", "5"),
        ]


def measure(console: Console) -> list[Figure]:
    """Run the matrices, in a process of their own, and count them.

    Raises:
        ProofError: A case failed, or there is none for a function.
    """
    with tempfile.TemporaryDirectory() as directory, console.status("faults: some 600 cases, two minutes"):
        report = Path(directory) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *FILES]
        done = subprocess.run(
            # xunit1, because the newer form has no room for what a test records.
            [*command, "-o", "junit_family=xunit1", f"--junitxml={report}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not report.exists():
            raise ProofError(f"faults: the tests did not run:\n{done.stdout[-2000:]}")
        account = counted(ET.parse(report).iter("testcase"))  # noqa: S314 - what pytest has written
    if done.returncode and not account.wrong:
        raise ProofError(f"faults: the tests ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return account.figures()


def counted(cases: Iterable[ET.Element]) -> Account:
    """Return the account of test cases as pytest reports them."""
    account = Account()
    for case in cases:
        name = f"{case.get('file')}::{case.get('name')}"
        account.waits |= {each.get("name", ""): each.get("value", "") for each in case.iter("property")}
        bad = [each for each in case if each.tag in ("failure", "error", "skipped")]
        account.wrong += [f"{name}: {(each.get('message') or '').partition(chr(10))[0]}" for each in bad]
        kind = KIND.search(name.partition("[")[2])
        function = _struck(name)
        if kind and function:
            account.struck.setdefault(function, Counter())[kind[1]] += 1
        elif AGAIN.search(name):
            account.events += 1
        account.poisons += case.get("file") == POISON
    return account


def functions() -> set[str]:
    """Return the names of all functions of the stack, such as `tasks.get`."""
    return {
        f"{workload}.{name}"
        for workload, content in settings_from().model_dump().items()
        if isinstance(content, dict)
        for name, function in content.items()
        if isinstance(function, dict) and "timeout_seconds" in function
    }


def _struck(name: str) -> str | None:
    for pattern, function in STRUCK.items():
        if found := re.search(pattern, name):
            return function.format(*found.groups())
    return None


def _counted(counter: Counter[str]) -> str:
    kinds = ", ".join(f"{counter[kind]} {kind}" for kind in KINDS if counter[kind])
    return f"{counter.total()} cases: {kinds}"
