"""One stack in one embedded AWS: bring it up, find it, take it down.

What is loaded is written beside the server's state, so that other commands, and tests, find it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import server
from sandbox.document import JSON
from sandbox.load import Progress, load
from sandbox.server import Server


@dataclass(frozen=True)
class Running:
    """A stack that runs.

    Attributes:
        server: The embedded AWS.
        stack: SHA-256 of the `cdk.tf.json` that is loaded.
        region: The one it is in.
        outputs: The stack's, by name.
        caveats: What the embedded AWS only records.
    """

    server: Server
    stack: str
    region: str
    outputs: Mapping[str, JSON]
    caveats: tuple[str, ...]


FACTS = ("stack", "region", "outputs", "caveats")
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
    return Running(found, **content | {"caveats": tuple(content["caveats"])})


def up(stack: Path, directory: Path, progress: Progress) -> tuple[Running, bool]:
    """Bring up the stack in `stack`; return it, and whether that took a start.

    The same stack that runs already is left alone. Another one replaces it with all its data: the
    loader updates nothing.

    Raises:
        ServerError: The embedded AWS does not start.
        LoadError: The stack cannot be loaded; the server is stopped then.
    """
    digest = hashlib.sha256((stack / "cdk.tf.json").read_bytes()).hexdigest()
    running = find(directory)
    if running and running.stack == digest:
        return running, False
    down(directory)
    started = server.start(directory)
    try:
        loaded = load(stack, started, progress)
    except BaseException:  # Ctrl-C too: half a stack is of no use
        started.stop()
        raise
    running = Running(started, digest, loaded.region, loaded.outputs, loaded.caveats)
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
