"""The life of a stack in an embedded AWS: bring it up, find it, take it down.

A record of the loaded stack beside the server's state lets other commands find it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from operations.bootstrap.log_role import ensure_log_role
from sandbox.engines.loader.load import Progress, check, load
from sandbox.engines.state import save_addresses
from sandbox.engines.terraform.apply import apply, install
from sandbox.server import process
from sandbox.server.process import Server
from synthesized.stack import FILE, JSON, Stack

RECORD = "loaded.json"


class Engine(StrEnum):
    """What loads a stack into the embedded AWS."""

    LOADER = "loader"
    """The project's own loader (`sandbox.engines.loader`), which takes seconds."""
    TERRAFORM = "terraform"
    """`terraform` or `tofu`, the first that is on the PATH."""


@dataclass(frozen=True)
class Running:
    """A stack that runs in an embedded AWS.

    Attributes:
        server: The embedded AWS.
        stack: The SHA-256 hash of its `cdk.tf.json`.
        engine: What loaded it.
        region: The provider's region.
        outputs: Its outputs, by name.
        limitations: What is not verified locally, a sentence each.
    """

    server: Server
    stack: str
    engine: Engine
    region: str
    outputs: Mapping[str, JSON]
    limitations: tuple[str, ...]


RECORDED = ("stack", "engine", "region", "outputs", "limitations")
"""The attributes of `Running` in the record."""


def find(directory: Path) -> Running | None:
    """Return the stack that runs in `directory`; None when none does."""
    server = process.find(directory)
    record = directory / RECORD
    if server is None or not record.exists():
        return None
    content: dict[str, JSON] = json.loads(record.read_text())
    if content.keys() != set(RECORDED):
        return None  # another version of this module wrote it
    return Running(
        server=server,
        stack=content["stack"],
        engine=Engine(content["engine"]),
        region=content["region"],
        outputs=content["outputs"],
        limitations=tuple(content["limitations"]),
    )


def up(
    stack: Path, directory: Path, progress: Progress, engine: Engine = Engine.LOADER
) -> tuple[Running, bool]:
    """Start an embedded AWS in `directory` and load the stack whose `cdk.tf.json` is in `stack`.

    If the same stack, loaded by the same engine, runs there already, nothing is done. Any other stack is
    replaced together with its data, because the loader cannot update. The server ends with this process,
    unless `Server.detach` is called. Everything that `make bootstrap` creates is there, too.

    Returns:
        The stack that runs, and whether it was loaded by this call.

    Raises:
        ServerError: The embedded AWS cannot be started.
        LoadError: The stack is refused, and what runs is left running; or it cannot be loaded, and the server
            is stopped.
        TerraformError: Terraform or the provider cannot be installed, and what runs is left running; or the
            apply failed, and the server is stopped.
    """
    digest = hashlib.sha256((stack / FILE).read_bytes()).hexdigest()
    running = find(directory)
    if running and (running.stack, running.engine) == (digest, engine):
        return running, False
    # What can fail without a server comes first, so that an error leaves the running stack as it is.
    if engine is Engine.TERRAFORM:
        install(stack, directory / "terraform")
    else:
        check(stack)
    down(directory)
    server = process.start(directory)
    try:
        if engine is Engine.TERRAFORM:
            loaded = apply(stack, server, directory / "terraform", progress)
        else:
            loaded = load(stack, server, progress)
            save_addresses(Stack.read(stack / FILE), server)
        ensure_log_role(server.client, region=loaded.region, tags={})
    except BaseException:  # Ctrl-C too: a part of a stack is of no use
        server.stop()
        raise
    running = Running(server, digest, engine, loaded.region, loaded.outputs, loaded.limitations)
    content = {name: getattr(running, name) for name in RECORDED}
    (directory / RECORD).write_text(json.dumps(content, indent=2))
    return running, True


def down(directory: Path) -> bool:
    """Stop the embedded AWS in `directory`; return whether one ran.

    Raises:
        ServerError: It does not end.
    """
    (directory / RECORD).unlink(missing_ok=True)
    server = process.find(directory)
    if server:
        server.stop()
    return server is not None
