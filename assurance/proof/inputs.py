"""Bad input: the APIs over HTTPS, and the handlers of events in-process (issue 6, point 3).

What fits the OpenAPI document, what does not, and a corpus of hostile texts, headers and bodies. Answers are
held to the document, and they and the functions' logs to what they may carry.
"""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import track

from assurance.loaded_stack import LoadedStack
from assurance.proof.calls import Calls
from assurance.proof.deliveries import deliveries
from assurance.proof.figures import Figure, ProofError
from assurance.proof.secrecy import Secrecy
from assurance.proof.tally import Tally
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import load
from sandbox.server import process as embedded

LEAST_CASES = 5_000
OF_AN_OPERATION = 100
OF_A_HANDLER = 250
UNTHROTTLED = {
    f"{api}_THROTTLE_{limit}": "10000"
    for api in ("TASKS", "REQUESTS", "FILES")
    for limit in ("RATE", "BURST")
}
"""A 429 would say nothing of an input."""


def measure(console: Console) -> list[Figure]:
    """Try everything on a stack of its own.

    Raises:
        ProofError: An answer was a server error or none that the document has, an event was not handled, a
            success was never reached, or there was a secret, a trace or an internal name where none may be.
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
    for operation in track(calls.operations, "bad input: APIs", console=console, transient=True):
        calls.agree(operation)
        calls.generate(operation, OF_AN_OPERATION)
        calls.attack(operation)
    answers = tally.total()
    with deliveries(stack.server, tally) as handlers:
        for name in track(handlers.names, "bad input: events", console=console, transient=True):
            handlers.generate(name, OF_A_HANDLER)
    tally.check()
    lines, leaks = secrecy.in_logs()
    if leaks:
        raise ProofError(f"{len(leaks)} of {lines} lines of logs carry what they may not:\n{leaks[0]}")
    if tally.total() < LEAST_CASES:
        raise ProofError(f"only {tally.total()} cases of bad input were generated")
    return [
        Figure("all cases", str(tally.total()), f">= {LEAST_CASES}"),
        *tally.figures(),
        Figure(
            "secrets, stack traces and internal names",
            f"0 in {answers} answers, 0 in {lines} lines of logs",
            "0",
        ),
    ]
