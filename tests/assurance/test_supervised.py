"""Commands that the tools start end with the tools."""

import fcntl
import os
import signal
import sys
from pathlib import Path

import pytest

from assurance import supervised
from tests.processes import python_process
from tests.waiting import eventually

STARTER = """
import sys
from assurance import supervised

supervised.run(sys.executable, "-c", sys.argv[1], sys.argv[2])
"""
HOLDS_LOCK = """
import fcntl, sys, time

file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", file=file, flush=True)
time.sleep(600)
"""


def test_output_and_exit_code_are_those_of_the_command() -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    process = supervised.run(sys.executable, "-c", code)
    assert (process.returncode, process.stdout) == (3, "out\nerr\n")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_command_ends_with_the_process_that_started_it(tmp_path: Path, signal_number: signal.Signals) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    with python_process("-c", STARTER, HOLDS_LOCK, str(lock)) as process:
        eventually(lock.read_text)
        assert not is_free(lock)
        os.kill(process.pid, signal_number)
        eventually(lambda: is_free(lock))


def is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
