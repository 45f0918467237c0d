"""The program of the server process: MiniStack under hypercorn, with our patches.

`sandbox/server/process.py` runs it by its path. Its working directory is the server's own directory, where it
writes the decisions of IAM to `decisions.jsonl`.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from hypercorn.__main__ import main
from hypercorn.config import Config


def end_with_starter() -> None:
    """End this process and its Lambda workers when the process that started it ends.

    The starter holds the other end of the pipe that is our stdin. The system closes it when the starter
    ends, by whatever signal. A line in it means that the server is detached and runs on.
    """
    if not os.read(sys.stdin.fileno(), 1):
        os.killpg(0, signal.SIGKILL)  # we lead the group, and the workers are in it


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: the packages installed come first
    import ministack.app

    from sandbox import patches
    from sandbox.server.access import guard
    from sandbox.server.decisions import record_decisions

    patches.apply_all()
    ministack.app.app = guard(ministack.app.app, int(os.environ["GATEWAY_PORT"]))
    # Hypercorn 0.18 closes a connection after its thousandth request. In HTTP/2 the responses under way on it
    # are lost then, which programs in Go (Terraform's provider) report as errors.
    Config.keep_alive_max_requests = sys.maxsize
    with Path("decisions.jsonl").open("w", buffering=1) as decisions:
        record_decisions(decisions)
        sys.exit(main())
