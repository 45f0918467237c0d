"""The part of the audit that needs no tools; ``make audit`` has the rest."""

import pytest

from assurance.audit.controls import CONTROLS, judge
from assurance.audit.documents import SETTINGS, synthesized
from assurance.audit.findings import Exemption, Finding, read_exemptions, sort_out
from assurance.audit.planted import DEFECTS, SETTING, Defect, news, sow

HELD_BY_CONTROLS = {control.id for control in CONTROLS}


@pytest.fixture(scope="module")
def findings() -> set[Finding]:
    return {finding for setting in SETTINGS for finding in judge(synthesized(setting), setting)}


@pytest.fixture(scope="module")
def caught(findings: set[Finding]) -> set[tuple[str, str]]:
    """What the controls find once all defects are planted."""
    before = (finding for finding in findings if finding.setting == SETTING)
    return news(before, judge(sow(synthesized(SETTING), DEFECTS), SETTING))


def test_each_control_is_met_or_exempt_with_a_reason(findings: set[Finding]) -> None:
    faults, _ = sort_out(findings, read_exemptions())
    assert faults == []


def test_each_control_has_something_to_judge() -> None:
    assert [control.id for control in CONTROLS if not synthesized(SETTING).resources(control.kind)] == []


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_controls_catch_planted_defects(defect: Defect, caught: set[tuple[str, str]]) -> None:
    assert defect.missed_by(caught) & HELD_BY_CONTROLS == set()


def test_an_exemption_that_matches_nothing_is_stale() -> None:
    exemption = Exemption(ids=["S3.7"], on=["files/*", "gone/*"], reason="-", source="-")
    finding = Finding("controls", "S3.7", "files/documents/bucket", "-", SETTING)
    other = Finding("controls", "S3.7", "uploads/files/bucket", "-", SETTING)
    faults, exempt = sort_out({finding, other}, [exemption])
    assert (faults, exempt) == ([other], [(finding, exemption)])
    assert [line.partition(": ")[2] for line in exemption.stale()] == [
        "S3.7: nothing any more for on 'gone/*'"
    ]
