"""The part of the audit that needs no tools; `make audit` runs all of it."""

import pytest

from assurance.audit.controls import CONTROLS, judge
from assurance.audit.findings import Exemption, Finding, apply_exemptions, read_exemptions
from assurance.audit.inputs import SETTINGS, synthesized
from assurance.audit.seeded_defects import DEFECTS, SETTING, Defect, new_findings, seed_defects

CONTROL_IDS = {control.id for control in CONTROLS}


@pytest.fixture(scope="module")
def findings() -> set[Finding]:
    return {finding for setting in SETTINGS for finding in judge(synthesized(setting), setting)}


@pytest.fixture(scope="module")
def detected(findings: set[Finding]) -> set[tuple[str, str]]:
    """The findings of the controls that only the stack with seeded defects has."""
    before = (finding for finding in findings if finding.setting == SETTING)
    return new_findings(before, judge(seed_defects(synthesized(SETTING), DEFECTS), SETTING))


def test_controls_are_met_or_exempted_with_a_reason(findings: set[Finding]) -> None:
    faults, _ = apply_exemptions(findings, read_exemptions())
    assert faults == []


def test_every_control_applies_to_a_resource() -> None:
    stack = synthesized(SETTING)
    assert [control.id for control in CONTROLS if not stack.resources(control.resource_type)] == []


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_controls_detect_seeded_defects(defect: Defect, detected: set[tuple[str, str]]) -> None:
    assert defect.undetected(detected) & CONTROL_IDS == set()


def test_exemption_reports_patterns_that_match_no_finding() -> None:
    exemption = Exemption(ids=["S3.7"], on=["files/*", "gone/*"], reason="-", source="-")
    finding = Finding("controls", "S3.7", "files/documents/bucket", "-", SETTING)
    other = Finding("controls", "S3.7", "uploads/files/bucket", "-", SETTING)
    faults, accepted = apply_exemptions({finding, other}, [exemption])
    assert (faults, accepted) == ([other], [(finding, exemption)])
    assert [line.partition(": ")[2] for line in exemption.unused()] == [
        "S3.7: no finding matches on 'gone/*'"
    ]
