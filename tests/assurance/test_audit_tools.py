"""The tools of the audit, in the virtual environment that `make audit` creates."""

from copy import deepcopy

import pytest

from assurance.audit.inputs import synthesized
from assurance.audit.run import PYTHON, Audit, inspect
from assurance.audit.seeded_defects import DEFECTS, SETTING, Defect, new_findings, seed_defects

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make audit installs the tools")


@pytest.fixture(scope="module")
def detected() -> set[tuple[str, str]]:
    """The findings of tools and controls that only the stack with seeded defects has."""
    stack = synthesized(SETTING)
    _, findings = inspect({"before": stack, "after": seed_defects(stack, DEFECTS)})
    before, after = (
        {finding for finding in findings if finding.setting == setting} for setting in ("before", "after")
    )
    return new_findings(before, after)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_seeded_defects_are_detected(defect: Defect, detected: set[tuple[str, str]]) -> None:
    assert defect.undetected(detected) == set()


def test_files_that_checkov_cannot_read_fail_the_audit() -> None:
    stack = synthesized(SETTING)
    broken = deepcopy(stack)
    broken.document["output"] = {"name": "no block"}
    result, _ = inspect({SETTING: broken})
    failures = Audit({SETTING: broken}, result["versions"], result["stacks"], [], [], []).failures()
    assert any("main.tf.json" in line for line in failures)
    assert sum("not scanned" in line for line in failures) == len(stack.document["resource"])
