"""Runs a command that ends with the process that started it, whatever ends that process.

`python -m assurance.supervised COMMAND...` runs the command in a process group of its own. Its standard input
is a pipe that the parent holds open. At the end of the input, which comes even if the parent is killed
(SIGKILL), it kills the group. The exit code is that of the command.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the project's root; it ends when this process does.

    Returns:
        The exit code, and as `stdout` what the command printed to stdout and stderr.
    """
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "assurance.supervised", *command],
        cwd=ROOT,
        stdin=reader,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(reader)
        try:
            output, _ = process.communicate()
        finally:
            os.close(writer)
    return subprocess.CompletedProcess(command, process.returncode, output)


def main() -> int:
    """Run the command of the arguments, and return its exit code."""
    threading.Thread(target=_kill_group_at_end_of_input, daemon=True).start()
    return subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False).returncode


def _kill_group_at_end_of_input() -> None:
    # Not through sys.stdin, whose lock this thread would hold when the interpreter ends.
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
