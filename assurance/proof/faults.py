"""Count the tests that inject faults into every call of every function, and that deliver events repeatedly.

Each test asserts that no accepted write is lost or repeated and that the caller gets the right status. So if
all tests pass, the number of cases is the number of times that nothing went wrong. What a test does is read
from the properties that it records: `fault` (function, operation and fault), `repeated events`, `poisoned
function` and `time to fail`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console

from assurance.proof.figures import Figure, ProofError
from assurance.proof.pytest_runs import CaseOutcome, failures, run_tests
from assurance.settings import settings_from

FILES = (
    "tests/integration/test_tasks_faults.py",
    "tests/integration/test_records_faults.py",
    "tests/integration/test_requests_faults.py",
    "tests/integration/test_files_faults.py",
    "tests/integration/test_unresponsive_services.py",
    "tests/integration/test_files_api_faults.py",
    "tests/integration/test_files_events.py",
    "tests/integration/test_requests_complete.py",
    "tests/integration/test_uploads_faults.py",
    "tests/e2e/test_poison.py",
)
FAULTS = ("error", "throttle", "timeout", "lost-response", "kill-before", "kill-after", "cut-off")
"""Names of faults, in the order in which figures list them."""


@dataclass
class Account:
    """The outcome of the tests.

    Attributes:
        cases: Number of tests by function and fault.
        repeated_events: Number of tests that deliver events repeatedly or out of order.
        poisoned: Functions whose failing event is kept once in the dead-letter queue, and redriven.
        times_to_fail: Function, and the seconds until it fails if services never respond.
        failures: A line per test that did not pass.
    """

    cases: dict[str, Counter[str]] = field(default_factory=dict)
    repeated_events: int = 0
    poisoned: set[str] = field(default_factory=set)
    times_to_fail: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, properties: Iterable[tuple[str, str]]) -> None:
        """Add what a test has recorded. It counts once per function and fault."""
        faults = set()
        for name, value in properties:
            match name:
                case "fault":
                    function, _, fault = value.split()
                    faults.add((function, fault))
                case "repeated events":
                    self.repeated_events += 1
                case "poisoned function":
                    self.poisoned.add(value)
                case "time to fail":
                    self.times_to_fail.append(value)
        for function, fault in faults:
            self.cases.setdefault(function, Counter())[fault] += 1

    def figures(self) -> list[Figure]:
        """Return the figures.

        Raises:
            ProofError: A test did not pass, or no fault is injected into a function.
        """
        if self.failures:
            raise ProofError("\n".join(["faults: tests did not pass:", *self.failures]))
        missing = set(function_timeouts()) - set(self.cases)
        if missing:
            raise ProofError(f"faults: no fault is injected into {', '.join(sorted(missing))}")
        total = sum(counter.total() for counter in self.cases.values())
        return [
            *(
                Figure(f"faults of calls of {name}", _summary(counter), "each case holds")
                for name, counter in sorted(self.cases.items())
            ),
            Figure("writes lost or repeated; wrong statuses", f"0; 0 in {total} cases", "0; 0"),
            Figure(
                "time to fail if services never respond",
                ", ".join(sorted(self.times_to_fail)),
                "within the timeout",
            ),
            Figure(
                "tests of events that are repeated, concurrent or out of order",
                f"{self.repeated_events} hold",
                "one effect",
            ),
            Figure("functions whose failing event is kept once, and redriven", str(len(self.poisoned)), "5"),
        ]


def measure(console: Console) -> list[Figure]:
    """Run the tests and count them.

    Raises:
        ProofError: A test did not pass, or no fault is injected into a function.
    """
    with console.status("faults: some 600 cases, two minutes"):
        return count_cases(run_tests(*FILES)).figures()


def count_cases(cases: Iterable[CaseOutcome]) -> Account:
    """Return the account of test cases."""
    cases = list(cases)
    account = Account(failures=failures(cases))
    for case in cases:
        account.add(case.properties)
    return account


def function_timeouts() -> dict[str, int]:
    """Return the timeout of each function in seconds, by names such as `tasks.get`, with default settings."""
    return {
        f"{workload}.{name}": function["timeout_seconds"]
        for workload, content in settings_from().model_dump().items()
        if isinstance(content, dict)
        for name, function in content.items()
        if isinstance(function, dict) and "timeout_seconds" in function
    }


def _summary(counter: Counter[str]) -> str:
    unknown = sorted(set(counter) - set(FAULTS))
    faults = ", ".join(f"{counter[fault]} {fault}" for fault in (*FAULTS, *unknown) if counter[fault])
    return f"{counter.total()} cases: {faults}"
