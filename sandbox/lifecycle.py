"""One stack in one embedded AWS: bring it up, find it, take it down.

What is loaded is written beside the server's state, so that other commands, and tests, find it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.engines.loader.load import Progress, load
from sandbox.engines.terraform import program as terraform
from sandbox.engines.terraform.apply import apply
from sandbox.server import process as server
from sandbox.server.process import Server
from synthesized.stack import FILE, JSON


class Engine(StrEnum):
    """What brings a stack into the embedded AWS."""

    LOADER = "loader"
    """`sandbox.engines.loader.load`: our own, in seconds."""
    TERRAFORM = "terraform"
    """`terraform` or `tofu`, whichever is on the PATH."""


@dataclass(frozen=True)
class Running:
    """A stack that runs.

    Attributes:
        server: The embedded AWS.
        stack: SHA-256 of the `cdk.tf.json` that is loaded.
        engine: What loaded it.
        region: The one it is in.
        outputs: The stack's, by name.
        limitations: What the embedded AWS only records.
    """

    server: Server
    stack: str
    engine: Engine
    region: str
    outputs: Mapping[str, JSON]
    limitations: tuple[str, ...]


FACTS = ("stack", "engine", "region", "outputs", "limitations")
"""What `loaded.json` holds of what runs."""


def find(directory: Path) -> Running | None:
    """Return what runs in `directory`; None when nothing does."""
    found = server.find(directory)
    record = directory / "loaded.json"
    if found is None or not record.exists():
        return None
    content: dict[str, JSON] = json.loads(record.read_text())
    if content.keys() != set(FACTS):
        return None  # written by another version of this module
    return Running(
        found, **content | {"limitations": tuple(content["limitations"]), "engine": Engine(content["engine"])}
    )


def up(
    stack: Path, directory: Path, progress: Progress, engine: Engine = Engine.LOADER
) -> tuple[Running, bool]:
    """Bring up the stack in `stack`; return it, and whether that took a start.

    The same stack that runs already, by the same engine, is left alone. Another one replaces it with all
    its data: the loader updates nothing.

    Raises:
        ServerError: The embedded AWS does not start.
        LoadError: The stack cannot be loaded; the server is stopped then.
        TerraformError: There is no Terraform, and nothing is done; or it failed, and the server is stopped.
    """
    if engine is Engine.TERRAFORM:
        terraform.find()  # or nothing is stopped
    digest = hashlib.sha256((stack / FILE).read_bytes()).hexdigest()
    running = find(directory)
    if running and (running.stack, running.engine) == (digest, engine):
        return running, False
    down(directory)
    started = server.start(directory)
    try:
        if engine is Engine.TERRAFORM:
            loaded = apply(stack, started, directory / "terraform", progress)
        else:
            loaded = load(stack, started, progress)
    except BaseException:  # Ctrl-C too: half a stack is of no use
        started.stop()
        raise
    running = Running(started, digest, engine, loaded.region, loaded.outputs, loaded.limitations)
    content = {name: getattr(running, name) for name in FACTS}
    (directory / "loaded.json").write_text(json.dumps(content, indent=2))
    return running, True


def down(directory: Path) -> bool:
    """Stop what runs in `directory`; return whether something did.

    Raises:
        ServerError: It does not end.
    """
    (directory / "loaded.json").unlink(missing_ok=True)
    found = server.find(directory)
    if found:
        found.stop()
    return found is not None
