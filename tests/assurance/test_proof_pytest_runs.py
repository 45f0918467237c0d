"""Test runs of the proof: outcomes and recorded properties are read from pytest's report."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from assurance.proof.figures import ProofError
from assurance.proof.pytest_runs import CaseOutcome, failures, read_cases, run_tests

PASSING = """
def test_passes(record_property):
    record_property("a", 1)
    record_property("a", 2)
"""


def test_properties_of_passing_tests_are_read(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(PASSING)
    (case,) = run_tests(str(tmp_path / "test_a.py"))
    assert case.name.endswith("test_a.py::test_passes")
    assert (case.properties, case.failure) == ((("a", "1"), ("a", "2")), None)


@pytest.mark.parametrize("tag", ["failure", "error", "skipped"])
def test_tests_that_did_not_pass_are_named(tag: str) -> None:
    element = ET.Element("testcase", {"file": "test_a.py", "name": "test_x"})
    ET.SubElement(element, tag, {"message": "lost\nand more"})
    cases = read_cases([element])
    assert cases == [CaseOutcome("test_a.py::test_x", failure="lost")]
    assert failures(cases) == ["test_a.py::test_x: lost"]


def test_tests_that_do_not_run_are_an_error() -> None:
    with pytest.raises(ProofError, match=r"(did not run|ended with exit code 4).*"):
        run_tests("--no-such-option")
