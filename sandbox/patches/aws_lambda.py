"""Patches of Lambda: which code an invocation runs while a function's code is updated.

https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html describes it.
"""
# ruff: noqa: SLF001 - MiniStack has no public name for its workers, the processes that run the functions

import threading
import time
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

POLL_SECONDS = 0.05


def let_invocations_finish() -> None:
    """Let an invocation finish with the code that it began with, when the code is updated meanwhile.

    AWS: It does, and UpdateFunctionCode does not wait for it.

    MiniStack: Ends it ("Worker process died"), and UpdateFunctionCode returns when the worker and its files
    are gone, 0.2 to 1 s later.
    """
    kill = lambda_runtime.kill_workers

    def kill_when_idle(worker: Any) -> None:  # noqa: ANN401 - MiniStack has no types
        while worker.in_use:
            time.sleep(POLL_SECONDS)
        kill([worker])

    def kill_workers(workers: Any) -> None:  # noqa: ANN401 - MiniStack has no types
        for worker in filter(None, workers):
            threading.Thread(target=kill_when_idle, args=(worker,), daemon=True).start()

    lambda_runtime.kill_workers = kill_workers


def run_only_current_code() -> None:
    """Run an invocation with its own version of the code, not with that of an idle worker.

    AWS: An invocation that begins after an update runs the new code, on `$LATEST`.

    MiniStack: A retry of an asynchronous invocation begins with the code of the first attempt and leaves a
    worker with it behind, which later invocations reuse.
    """
    acquire = lambda_runtime.acquire_worker

    def acquire_worker(
        name: str,
        config: dict[str, Any],
        code: bytes,
        qualifier: str = "$LATEST",
        **limits: Any,  # noqa: ANN401 - MiniStack has no types
    ) -> Any:  # noqa: ANN401 - MiniStack has no types
        with lambda_runtime._lock:
            pool = lambda_runtime._workers.get(lambda_runtime._worker_key(name, config, qualifier), [])
            outdated = [worker for worker in pool if not worker.in_use and worker.code_zip != code]
            pool[:] = [worker for worker in pool if worker not in outdated]
        lambda_runtime.kill_workers(outdated)
        return acquire(name, config, code, qualifier, **limits)

    lambda_svc.acquire_worker = acquire_worker
