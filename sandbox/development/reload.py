"""Update the running functions when files under `handlers/` are saved.

A function's entry point names its workload. The workload's zip is packed as synth packs it
(`infra.packaging`), and every function whose code has another hash is updated. So a change of
`handlers/common` updates every function, and a save without a change updates none.

The layer, `infra/` and the settings are in the Terraform JSON: `make up` loads them into an empty server.
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
from sandbox.server import process
from sandbox.server.process import Client, Server

CHECK_MS = 1000
"""How often to check that the server runs, while nothing is saved."""

QUIET_MS = 50
"""How long no file may change before a save is complete: editors write and rename, tools write many files."""


@dataclass(frozen=True)
class Reload:
    """The result of a save.

    Attributes:
        updated: The updated functions by workload. A function has the name of its entry point's module.
        errors: Why functions were not updated, one line for every cause.
    """

    updated: Mapping[str, Sequence[str]]
    errors: Sequence[str]


def reload_on_save(running: Server, region: str, console: Console) -> None:
    """Reload until interrupted, and print a line for every save that changes something.

    It begins with what was saved since the stack was loaded.

    Raises:
        ServerError: The server has ended, or the files cannot be watched.
        BotoCoreError: The server does not respond: most likely it has just ended.
        ClientError: It responds with an error.
    """
    client = running.client("lambda", region)
    root = packaging.ROOT.resolve()  # the system reports changes with resolved paths
    introduction = "Functions run saved files under handlers/ from the next invocation on. Ctrl-C ends."
    console.print(introduction, style="dim", soft_wrap=True)
    earlier = ["files saved earlier"]
    for names in _saves(root):
        start = time.perf_counter()
        if process.find(running.directory) != running:
            raise ServerError("the embedded AWS has ended: `make up` starts it")
        for name in names:
            if name.startswith("infra/") and name.endswith(".py"):
                _print(console, f"{name}: not reloaded; `make up` loads it into a new embedded AWS", "yellow")
        handlers = [name for name in names if name.startswith("handlers/")] or earlier
        if handlers:
            earlier = []
            result = reload(client, running.directory / "code")
            _report(console, handlers, result, time.perf_counter() - start)


def reload(client: Client, directory: Path) -> Reload:
    """Update every function whose code differs from the files under `handlers/`.

    A workload whose files contain a syntax error or cannot be read is not updated.

    Args:
        client: A client of Lambda.
        directory: Where the zips are packed. Not where synth packs them, because it may run at the same time.
    """
    updated: dict[str, list[str]] = {}
    errors: dict[str, None] = {}  # ordered and unique: an error in common code is in every zip
    for workload, functions in _functions(client).items():
        try:
            archive = packaging.handlers_zip(workload, directory)
            outdated = [function for function in functions if function["CodeSha256"] != archive.sha256]
            problem = _syntax_error(archive.path) if outdated else None
        except (OSError, PackagingError) as error:
            problem, outdated = str(error), []
        if problem:
            errors[problem] = None
            continue
        code = archive.path.read_bytes() if outdated else b""
        for function in outdated:
            client.update_function_code(FunctionName=function["FunctionName"], ZipFile=code)
            module = ".".join(function["Handler"].split(".")[2:-1])
            updated.setdefault(workload, []).append(module)
    return Reload(updated, tuple(errors))


def _functions(client: Client) -> dict[str, list[dict[str, Any]]]:
    """Return the configurations of the functions whose code is under `handlers/`, by workload."""
    functions: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            package, _, entry = function["Handler"].partition(".")
            if package == "handlers":
                functions[entry.partition(".")[0]].append(function)
    return dict(sorted(functions.items()))


def _syntax_error(archive: Path) -> str | None:
    """Return the first syntax error in the files of a zip: the file, the line and the reason."""
    with ZipFile(archive) as zipped:
        errors = (_syntax_error_of(name, zipped.read(name)) for name in zipped.namelist())
        return next(filter(None, errors), None)


@lru_cache(maxsize=512)  # a save changes few of the files
def _syntax_error_of(name: str, source: bytes) -> str | None:
    try:
        compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{name}:{error.lineno or 1}: {error.msg}"
    except ValueError as error:  # a null byte, before Python 3.12
        return f"{name}: {error}"
    return None


def _saves(root: Path) -> Iterator[list[str]]:
    """Yield the files of a save, relative to `root`; no files after `CHECK_MS` without a save."""
    try:
        for changes in watchfiles.watch(
            root / "handlers",
            root / "infra",
            # By default it ignores directories such as .venv, in which the whole project may be.
            watch_filter=watchfiles.DefaultFilter(ignore_dirs=()),
            step=QUIET_MS,
            rust_timeout=CHECK_MS,
            yield_on_timeout=True,
        ):
            added = {path for change, path in changes if change is Change.added}
            deleted = {path for change, path in changes if change is Change.deleted}
            # A file that was added and deleted again is an editor's temporary file.
            saved = {path for _, path in changes if path not in added & deleted or Path(path).exists()}
            yield sorted(Path(path).relative_to(root).as_posix() for path in saved)
    except (
        OSError,
        RuntimeError,
    ) as error:  # watchfiles has no public type for the system's limit of watches
        raise ServerError(f"handlers/ and infra/ cannot be watched: {error}") from error


def _report(console: Console, names: Sequence[str], result: Reload, seconds: float) -> None:
    if result.updated:
        files = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        functions = ", ".join(
            f"{workload} ({' '.join(modules)})" for workload, modules in result.updated.items()
        )
        _print(console, f"{files}: updated {functions} in {seconds * 1000:.0f} ms", "green")
    for error in result.errors:
        _print(console, f"{error}; the functions keep their old code", "red")


def _print(console: Console, text: str, style: str) -> None:
    console.print(
        f"{datetime.now(UTC).astimezone():%H:%M:%S}  {text}", style=style, markup=False, soft_wrap=True
    )
