"""Fixtures of more than one tier: one embedded AWS for each session, on a free port.

Modules that take long to import are imported by the fixtures that use them, so that one file of unit tests
starts within a second.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# Before any test module imports cdktf: importing infra prepares the provider bindings (infra/bindings).
import infra  # noqa: F401

# With PYTHONDONTWRITEBYTECODE, each session would compile every module again.
sys.dont_write_bytecode = False

if TYPE_CHECKING:
    from sandbox.server.process import Server

pytest_plugins = ["tests.generation", "tests.synthesis"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """The embedded AWS; tests keep apart by names."""
    from sandbox.server import process  # noqa: PLC0415 - it takes 0.1 s, of botocore and cryptography

    running = process.start(tmp_path_factory.mktemp("aws"))
    yield running
    running.stop()


@pytest.fixture
def attached_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that `sandbox up` starts in this process end with it, whatever ends it."""
    from sandbox.server.process import Server  # noqa: PLC0415 - as above

    monkeypatch.setattr(Server, "detach", lambda _server: None)
