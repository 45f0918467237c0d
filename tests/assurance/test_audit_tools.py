"""The tools themselves, in the virtual environment that ``make audit`` makes."""

from copy import deepcopy

import pytest

from assurance.audit.audit import PYTHON, Audit, look
from assurance.audit.documents import synthesized
from assurance.audit.planted import DEFECTS, SETTING, Defect, news, sow
from tests.template import Template

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make audit installs the tools")


@pytest.fixture(scope="module")
def caught() -> set[tuple[str, str]]:
    """What tools and controls find once all defects are planted, and did not before."""
    template = synthesized(SETTING)
    _, findings = look({"before": template, "after": sow(template, DEFECTS)})
    return news(*({f for f in findings if f.setting == setting} for setting in ("before", "after")))


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_planted_defects_are_caught(defect: Defect, caught: set[tuple[str, str]]) -> None:
    assert defect.missed_by(caught) == set()


def test_what_checkov_cannot_read_is_a_failure() -> None:
    whole = synthesized(SETTING)
    broken = Template({**deepcopy(whole.document), "output": {"name": "no block"}})
    tools, _ = look({SETTING: broken})
    audit = Audit({SETTING: broken}, tools["versions"], tools["stacks"], [], [], [])
    failures = audit.failures()
    assert any("main.tf.json" in line for line in failures)
    assert sum("not scanned" in line for line in failures) == len(whole.document["resource"])
