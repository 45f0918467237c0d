"""Patches of Lambda: which code an invocation runs, also while a function's code is updated.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html describes what the code can import, and
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html the update.
"""
# ruff: noqa: SLF001 - MiniStack has no public name for its workers, the processes that run the functions

import hashlib
import importlib.metadata
import io
import shlex
import shutil
import sys
import sysconfig
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

POLL_SECONDS = 0.05

RUNTIME = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")
"""The distributions that Lambda's Python runtime contains."""


def import_only_what_lambda_has() -> None:
    """Let functions import their code, their layers, Lambda's runtime and the standard library only.

    AWS: These are all that there is.

    MiniStack: The server's virtual environment is there, too. Packages such as cryptography change what
    libraries of the layer do.
    """
    directory = Path(tempfile.mkdtemp(prefix="lambda-runtime-"))
    for name in RUNTIME:
        distribution = importlib.metadata.distribution(name)
        for entry in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            (directory / entry).symlink_to(str(distribution.locate_file(entry)))
    interpreter = directory / ".python"
    python = Path(sys.executable).resolve()  # of which the virtual environment has a link
    options = f"PYTHONPATH={shlex.quote(str(directory))} exec {shlex.quote(str(python))} -P -S"
    # -S leaves out the packages that are installed for this Python.
    interpreter.write_text(f'#!/bin/sh\n{options} "$@"\n')
    interpreter.chmod(0o700)
    detect = lambda_runtime._detect_runtime_binary

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (str(interpreter) if runtime.startswith("python") else binary), script

    lambda_runtime._detect_runtime_binary = detect_runtime_binary


def unpack_code_once() -> None:
    """Unpack each version of a function's code and of a layer once, for all workers, read-only.

    AWS: The code is read-only (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).

    MiniStack: Unpacks all of it, and Python compiles it, at every cold start.
    """
    trees = Path(tempfile.mkdtemp(prefix="lambda-code-"))
    lock = threading.Lock()

    def tree_of(archive: bytes) -> Path:
        tree = trees / hashlib.sha256(archive).hexdigest()
        with lock:
            if not tree.exists():
                partial = tree.with_suffix(".partial")
                _unpack(archive, partial)
                partial.rename(tree)
        return tree

    class SharedArchive:
        """The part of `zipfile.ZipFile` that MiniStack's workers use."""

        def __init__(self, path: str) -> None:
            self._path = Path(path)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            """Close nothing: the file is only read by `extractall`."""

        def namelist(self) -> list[str]:
            """Return no names: MiniStack checks them, and `_unpack` does it again."""
            return []

        def extractall(self, directory: str) -> None:
            """Replace the empty directory by a link to the shared tree."""
            Path(directory).rmdir()
            Path(directory).symlink_to(tree_of(self._path.read_bytes()))

    lambda_runtime.zipfile = SimpleNamespace(ZipFile=SharedArchive, BadZipFile=zipfile.BadZipFile)


def _unpack(archive: bytes, tree: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        entries.extractall(tree)
    _add_builds_for_this_machine(tree / "python")
    for path in tree.rglob("*"):
        if path.is_file():
            path.chmod(0o444)  # Python still writes bytecode beside it


def _add_builds_for_this_machine(layer: Path) -> None:
    """Add this machine's builds of compiled modules to a layer, whose own are for Lambda's processor.

    They come from the virtual environment, which has the same versions of the packages (`Pipfile`).
    """
    environment = Path(sysconfig.get_path("platlib"))
    for package in layer.glob("*.dist-info"):
        for file in importlib.metadata.Distribution.at(environment / package.name).files or ():
            target = layer / file
            if not target.exists() and file.suffix != ".pyc" and ".." not in file.parts:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(environment / file, target)


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
