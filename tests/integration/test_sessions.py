"""A session of tests that is ended in the middle leaves no embedded AWS behind."""

import os
import signal
from pathlib import Path

import pytest

from sandbox.server.process import find
from tests.processes import python_process
from tests.waiting import eventually

WAITS = """
import time
from pathlib import Path

def test_waits(server):
    Path({file!r}).write_text(str(server.directory))
    time.sleep(600)
"""


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_session_that_is_ended_leaves_no_server(tmp_path: Path, signal_number: signal.Signals) -> None:
    started, session = tmp_path / "started", tmp_path / "test_waits.py"
    session.write_text(WAITS.format(file=str(started)))
    plugins = ("-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "1")
    temporary = f"--basetemp={tmp_path / 'temp'}"
    with python_process("-m", "pytest", *plugins, temporary, str(session)) as process:
        eventually(lambda: started.exists() and started.read_text())
        directory = Path(started.read_text())
        assert find(directory)
        os.kill(process.pid, signal_number)
        eventually(lambda: not find(directory))
    assert process.returncode != 0
