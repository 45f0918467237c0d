"""How MiniStack 1.5.33 parts with the processes of old code, mended: saved code runs at the next invocation.

On AWS an invocation ends with the code that it began with, and what comes after an update has the new code.
MiniStack ends an invocation that is under way ("Worker process died"). It answers UpdateFunctionCode when the
processes and their files are gone, 0.2 to 1 s later. And a retry of an asynchronous invocation brings back
the code of its first attempt, for all that come after it.
"""

import threading
import time
from typing import Any

from ministack.core import lambda_runtime  # type: ignore[import-untyped] # MiniStack has no types
from ministack.services import lambda_svc  # type: ignore[import-untyped] # nor here

POLL_SECONDS = 0.05


def keep_to_the_code() -> None:
    """Have every invocation run the code that it was given, to its end."""
    kill, acquire = lambda_runtime.kill_workers, lambda_runtime.acquire_worker

    def end(worker: Any) -> None:  # noqa: ANN401
        while worker.in_use:
            time.sleep(POLL_SECONDS)
        kill([worker])

    def kill_workers(workers: Any) -> None:  # noqa: ANN401
        for worker in filter(None, workers):
            threading.Thread(target=end, args=(worker,), daemon=True).start()

    def acquire_worker(
        name: str,
        config: dict[str, Any],
        code: bytes,
        qualifier: str = "$LATEST",
        **limits: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        with lambda_runtime._lock:  # noqa: SLF001 - MiniStack offers no other way to its processes
            pool = lambda_runtime._workers.get(lambda_runtime._worker_key(name, config, qualifier), [])  # noqa: SLF001
            others = [each for each in pool if not each.in_use and each.code_zip != code]
            pool[:] = [each for each in pool if each not in others]
        kill_workers(others)
        return acquire(name, config, code, qualifier, **limits)

    lambda_runtime.kill_workers = kill_workers
    lambda_svc.acquire_worker = acquire_worker
