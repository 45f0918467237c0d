"""Put new code into the functions that run, as the files of the handlers are saved.

What a save reaches is asked for, not listed: a function's entry point names its workload, the workload's zip
is packed as synth packs it (`infra.packaging`), and a function whose code has another hash gets it. So
`handlers/common` reaches every function, and a save that changes nothing reaches none.

The layer, `infra/` and the settings are in the Terraform JSON: `make up` loads them, into an empty server.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import watchfiles
from rich.console import Console
from watchfiles import Change

from infra import packaging
from infra.packaging import PackagingError
from sandbox.errors import ServerError
from sandbox.server import process as server
from sandbox.server.process import Client, Server

ALIVE_MS = 1000
"""How often to look whether the server still runs, while nothing is saved."""

QUIET_MS = 50
"""A save is over when no file has changed for so long: editors write and rename, tools write several."""


@dataclass(frozen=True)
class Reload:
    """What became of a save.

    Attributes:
        updated: The functions that have new code, by workload; each by the module of its entry point.
        refused: Why code was left as it is, one line for each cause.
    """

    updated: Mapping[str, Sequence[str]]
    refused: Sequence[str]


def reload_on_save(running: Server, region: str, console: Console) -> None:
    """Reload until interrupted, with a line for each save that changes something.

    What was saved since the stack was loaded comes first.

    Raises:
        ServerError: The server has ended, or the files cannot be watched.
        BotoCoreError, ClientError: A call failed; most likely the server has just ended.
    """
    client = running.client("lambda", region)
    root = packaging.ROOT.resolve()  # as the system names what changes
    head = "What is saved under handlers/ runs at the next invocation. Ctrl-C ends the watch."
    console.print(head, style="dim", soft_wrap=True)
    saved_before = ["what was saved before"]
    for names in _saves(root):
        began = time.perf_counter()
        if server.find(running.directory) != running:
            raise ServerError("the embedded AWS has ended: `make up` starts it")
        for name in names:
            if name.startswith("infra/") and name.endswith(".py"):
                _say(console, f"{name}: not reloaded, `make up` loads it (and starts afresh)", "yellow")
        code = [name for name in names if name.startswith("handlers/")] or saved_before
        if code:
            saved_before = []
            done = reload(client, running.directory / "code")
            _report(console, code, done, time.perf_counter() - began)


def reload(client: Client, directory: Path) -> Reload:
    """Give every function of the handlers the code that its files hold now, where it has another.

    Code that is no Python, or cannot be read, goes nowhere: what ran before runs on.

    Args:
        client: Of Lambda.
        directory: Where the zips are packed: not where synth packs them, which may run meanwhile.
    """
    updated: dict[str, list[str]] = {}
    refused: dict[str, None] = {}  # in order, and once: a fault in common code is in every zip
    for workload, functions in _functions(client).items():
        try:
            archive = packaging.handlers_zip(workload, directory)
            stale = [each for each in functions if each["CodeSha256"] != archive.sha256]
            fault = _fault(archive.path) if stale else None
        except (OSError, PackagingError) as error:
            fault, stale = str(error), []
        if fault:
            refused[fault] = None
            continue
        for each in stale:
            client.update_function_code(FunctionName=each["FunctionName"], ZipFile=archive.path.read_bytes())
            updated.setdefault(workload, []).append(".".join(each["Handler"].split(".")[2:-1]))
    return Reload(updated, tuple(refused))


def _functions(client: Client) -> dict[str, list[dict[str, Any]]]:
    """Return the configurations of the functions whose code is a workload's, by workload."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            package, _, entry = function["Handler"].partition(".")
            if package == "handlers":
                found[entry.partition(".")[0]].append(function)
    return dict(sorted(found.items()))


def _fault(archive: Path) -> str | None:
    """Return where a zip holds something that is no Python: the file, the line and why."""
    with ZipFile(archive) as zipped:
        faults = (_fault_of(name, zipped.read(name)) for name in zipped.namelist())
        return next(filter(None, faults), None)


@lru_cache(maxsize=512)  # a save changes one file of many
def _fault_of(name: str, source: bytes) -> str | None:
    try:
        compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{name}:{error.lineno or 1}: {error.msg}"
    except ValueError as error:  # a null byte, before Python 3.12
        return f"{name}: {error}"
    return None


def _saves(root: Path) -> Iterator[list[str]]:
    """Yield the files of each save, their paths from `root`; none when nothing is saved for `ALIVE_MS`."""
    try:
        for changes in watchfiles.watch(
            root / "handlers",
            root / "infra",
            # The directories that it ignores by default may lie above the project.
            watch_filter=watchfiles.DefaultFilter(ignore_dirs=()),
            step=QUIET_MS,
            rust_timeout=ALIVE_MS,
            yield_on_timeout=True,
        ):
            came = {path for change, path in changes if change is Change.added}
            went = {path for change, path in changes if change is Change.deleted}
            kept = {path for _, path in changes if path not in came & went or Path(path).exists()}
            yield sorted(Path(path).relative_to(root).as_posix() for path in kept)
    except (OSError, RuntimeError) as error:  # the system's limit of watches, say; no better type is public
        raise ServerError(f"handlers/ and infra/ cannot be watched: {error}") from error


def _report(console: Console, names: Sequence[str], done: Reload, seconds: float) -> None:
    if done.updated:
        files = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        functions = ", ".join(f"{workload} ({' '.join(each)})" for workload, each in done.updated.items())
        _say(console, f"{files}: {functions} in {seconds * 1000:.0f} ms", "green")
    for fault in done.refused:
        _say(console, f"{fault}; the old code runs on", "red")


def _say(console: Console, text: str, style: str) -> None:
    console.print(
        f"{datetime.now(UTC).astimezone():%H:%M:%S}  {text}", style=style, markup=False, soft_wrap=True
    )
