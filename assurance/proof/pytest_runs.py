"""Runs tests in a process of their own and reads what they record, for claims that tests verify."""

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from assurance import supervised
from assurance.proof.figures import ProofError

OUTPUT_LENGTH = 2_000
"""Characters of the tests' output that an error quotes."""


@dataclass(frozen=True)
class CaseOutcome:
    """The outcome of a test.

    Attributes:
        name: File and name of the test.
        properties: Name and value of the properties that the test recorded.
        failure: First line of why the test did not pass, or was skipped; None if it passed.
    """

    name: str
    properties: tuple[tuple[str, str], ...] = ()
    failure: str | None = None


def run_tests(*arguments: str) -> list[CaseOutcome]:
    """Run tests in processes that end with this one, and return their outcomes.

    Args:
        arguments: Files and options for pytest.

    Raises:
        ProofError: The tests did not run, or the run failed although every test passed.
    """
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        # xunit1: the newer format cannot contain the properties of a test.
        options = ("-n", "auto", "-o", "junit_family=xunit1", f"--junitxml={report}")
        process = supervised.run(sys.executable, "-m", "pytest", *options, *arguments)
        output = process.stdout[-OUTPUT_LENGTH:]
        if not report.exists():
            raise ProofError(f"the tests did not run:\n{output}")
        cases = read_cases(ET.parse(report).iter("testcase"))  # noqa: S314 - written by pytest
    if process.returncode and not failures(cases):
        raise ProofError(f"the tests ended with exit code {process.returncode}:\n{output}")
    return cases


def read_cases(elements: Iterable[ET.Element]) -> list[CaseOutcome]:
    """Return the test cases of JUnit's XML."""
    return [
        CaseOutcome(
            name=f"{element.get('file')}::{element.get('name')}",
            properties=tuple(
                (recorded.get("name", ""), recorded.get("value", "")) for recorded in element.iter("property")
            ),
            failure=next(
                (
                    (outcome.get("message") or "").partition("\n")[0]
                    for outcome in element
                    if outcome.tag in ("failure", "error", "skipped")
                ),
                None,
            ),
        )
        for element in elements
    ]


def failures(cases: Iterable[CaseOutcome]) -> list[str]:
    """Return a line for each test that did not pass."""
    return [f"{case.name}: {case.failure}" for case in cases if case.failure is not None]
