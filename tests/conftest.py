"""Fixtures of more than one tier: one embedded AWS for each session, on a free port.

Modules that take long to import are imported by the fixtures that use them, so that one file of unit tests
starts within a second.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# Before any test module imports cdktf: importing infra prepares the provider bindings (infra/bindings).
import infra  # noqa: F401

if TYPE_CHECKING:
    from sandbox.server.process import Server

pytest_plugins = ["tests.generation", "tests.synthesis"]
MAX_WORKERS = 4
"""Each starts an embedded AWS and synthesizes the stack itself, which costs more than a further one saves."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return the number of workers: of `-n logical`, that of processors.

    Of `-n auto`, it is one more, because tests that call the embedded AWS also wait for it.
    """
    waiting = 0 if config.getoption("numprocesses") == "logical" else 1
    return min((os.cpu_count() or 1) + waiting, MAX_WORKERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each worker whole files, and the end-to-end tests to one worker: they share loaded stacks."""
    # Imported here: workers do not need it. xdist has no types.
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped] # noqa: PLC0415

    class Scheduling(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return "tests/e2e" if nodeid.startswith("tests/e2e/") else str(super()._split_scope(nodeid))

    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)  # after Hypothesis has marked the tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests of generated examples out of coverage, which doubles their time and adds nothing to it."""
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.no_cover)


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
