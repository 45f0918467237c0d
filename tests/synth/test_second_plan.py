"""docs/second-plan.md explains, for each resource type, why a second plan is empty (P9)."""

import re

from assurance.audit.inputs import SETTINGS
from tests.project_files import ROOT
from tests.synthesis import Synthesize

DOCUMENT = "docs/second-plan.md"
ROW = re.compile(r"^\| (`aws_\w+`(?:, `aws_\w+`)*) \|", re.MULTILINE)


def test_every_resource_type_has_a_row(synthesize: Synthesize) -> None:
    types = {
        address.partition(".")[0]
        for variables in SETTINGS.values()
        for address in synthesize(**variables).resources()
    }
    documented = set(re.findall(r"aws_\w+", " ".join(ROW.findall((ROOT / DOCUMENT).read_text()))))
    assert types - documented == set(), (
        f"add a row for each to {DOCUMENT}: what does AWS report that the configuration does not say, and why"
        " does no plan differ by it?"
    )
    assert documented - types == set(), f"{DOCUMENT} has a row for types that the stack does not have"
