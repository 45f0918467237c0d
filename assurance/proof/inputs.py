"""Malformed input: sent to the APIs over HTTPS, and to the functions that are invoked with events.

The input consists of data that fits the OpenAPI document, data that does not, and a corpus of malicious
texts, headers and bodies. Responses are compared with the document; responses and logs must not contain
secrets, stack traces or internal names.
"""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import track

from assurance.loaded_stack import LoadedStack
from assurance.proof.calls import Calls
from assurance.proof.figures import Figure, ProofError
from assurance.proof.pytest_runs import failures, run_tests
from assurance.proof.secrecy import Secrecy
from assurance.proof.tally import EVENT_OUTCOME, Tally
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import load
from sandbox.server import process as embedded

MIN_CASES = 5_000
CASES_PER_OPERATION = 100
UNTHROTTLED = {
    f"{api}_THROTTLE_{limit}": "10000"
    for api in ("TASKS", "REQUESTS", "FILES")
    for limit in ("RATE", "BURST")
}
"""Settings without throttling: a 429 would not depend on the input."""

EVENT_TESTS = ("tests/integration/test_generated_events.py", "--hypothesis-profile", "many")


def measure(console: Console) -> list[Figure]:
    """Send all input to a stack of its own, and run the tests that generate events.

    Raises:
        ProofError: A response was a server error or is not in the document, an event was not handled, an
            operation never succeeded, or a response or a log contained a secret, trace or internal name.
    """
    with tempfile.TemporaryDirectory() as directory:
        stack = synthesize(settings_from(**UNTHROTTLED), Path(directory) / "out")
        server = embedded.start(Path(directory) / "aws")
        try:
            return _measure(LoadedStack(server, load(stack, server)), console)
        finally:
            server.stop()


def _measure(stack: LoadedStack, console: Console) -> list[Figure]:
    tally, secrecy = Tally(), Secrecy(stack)
    calls = Calls(stack, tally, secrecy)
    for operation in track(calls.operations, "malformed input: APIs", console=console, transient=True):
        calls.send_valid(operation)
        calls.send_generated(operation, CASES_PER_OPERATION)
        calls.send_corpus(operation)
    responses = tally.total()
    with console.status("malformed input: events"):
        _add_events(tally)
    tally.check()
    lines, leaks = secrecy.leaks_in_logs()
    if leaks:
        raise ProofError(f"{len(leaks)} of {lines} log lines contain what they must not:\n{leaks[0]}")
    if tally.total() < MIN_CASES:
        raise ProofError(f"malformed input: only {tally.total()} cases of at least {MIN_CASES}")
    return [
        Figure("all cases", str(tally.total()), f">= {MIN_CASES}"),
        *tally.figures(),
        Figure(
            "secrets, stack traces and internal names",
            f"0 in {responses} responses, 0 in {lines} log lines",
            "0",
        ),
    ]


def _add_events(tally: Tally) -> None:
    cases = run_tests(*EVENT_TESTS)
    tally.failures += failures(cases)
    for case in cases:
        for name, value in case.properties:
            if name == EVENT_OUTCOME:
                function, outcome, count = value.split()
                tally.add(function, "events", outcome, int(count))
