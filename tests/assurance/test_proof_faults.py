"""The account of fault tests hides nothing."""

from collections import Counter

import pytest

from assurance.proof.faults import Account, count_cases, function_timeouts
from assurance.proof.figures import ProofError
from assurance.proof.pytest_runs import CaseOutcome

FILE = "tests/integration/test_tasks_faults.py"


def reported(name: str, *properties: tuple[str, str]) -> CaseOutcome:
    """Return a test that passed, with recorded properties."""
    return CaseOutcome(f"{FILE}::{name}", properties)


def test_cases_are_counted_by_function_and_fault() -> None:
    account = count_cases(
        [
            reported("a", ("fault", "tasks.put UpdateItem lost-response")),
            reported("b", *[("fault", "tasks.put UpdateItem lost-response")] * 2),
            reported("c", ("fault", "tasks.get VerifyMac kill-before"), ("fault", "tasks.get Scan timeout")),
            reported("d", ("repeated events", "yes")),
            reported("e", ("poisoned function", "uploads")),
            reported("f", ("time to fail", "tasks.post 5 s of 10 s")),
            reported("g"),
        ]
    )
    assert account == Account(
        cases={
            "tasks.put": Counter({"lost-response": 2}),
            "tasks.get": Counter({"kill-before": 1, "timeout": 1}),
        },
        repeated_events=1,
        poisoned={"uploads"},
        times_to_fail=["tasks.post 5 s of 10 s"],
    )


def test_test_that_did_not_pass_is_named() -> None:
    case = CaseOutcome(f"{FILE}::test_x", failure="lost")
    with pytest.raises(ProofError, match=r"test_tasks_faults.py::test_x: lost$"):
        count_cases([case]).figures()


def test_function_without_cases_is_named() -> None:
    assert {"tasks.get", "records.writer", "files.document"} <= set(function_timeouts())
    with pytest.raises(ProofError, match=r"no fault is injected into files\.api"):
        count_cases([]).figures()
