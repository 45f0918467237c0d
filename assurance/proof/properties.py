"""Tests of generated examples, with many examples: `make test` and `make check` run them with few."""

from rich.console import Console

from assurance.proof.figures import Figure, ProofError
from assurance.proof.pytest_runs import failures, run_tests

TIERS = ("tests/unit", "tests/synth", "tests/integration")
RUN_ELSEWHERE = "--ignore=tests/integration/test_generated_events.py"
"""Part of the malformed input."""
MANY_EXAMPLES = ("--hypothesis-profile", "many")
"""Selects the profile of `tests/generation.py`."""


def measure(console: Console) -> list[Figure]:
    """Run all tests that Hypothesis generates examples for.

    Raises:
        ProofError: A test did not pass.
    """
    with console.status("generated examples: a few minutes"):
        cases = run_tests("-m", "hypothesis", *MANY_EXAMPLES, RUN_ELSEWHERE, *TIERS)
    if failed := failures(cases):
        raise ProofError("\n".join(["generated examples: tests did not pass:", *failed]))
    return [Figure("properties that hold for many generated examples", str(len(cases)), "all")]
