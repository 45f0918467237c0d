"""A place to run a step in."""

import stat
import sys
from pathlib import Path

import pytest

from tests.workflows.runner import GH, STACK, TERRAFORM, Runner


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(tmp_path)
    made.program("bin/gh", GH)
    made.program("bin/terraform", TERRAFORM)
    made.write(".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(stat.S_IRWXU)
    (tmp_path / "temp").mkdir()
    (tmp_path / STACK).mkdir(parents=True)
    made.write(f"{STACK}/cdk.tf.json", '{"provider": {"aws": [{"region": "eu-west-1"}]}, "terraform": {}}')
    made.write(f"{STACK}/plan.tfplan", "plan")
    made.write("pages", "[[]]")
    return made
