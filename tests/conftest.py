"""One embedded AWS a session, on a free port; tests keep apart by names."""

from collections.abc import Iterator

import pytest

# Before any test module imports cdktf: importing infra prepares the provider bindings (infra/bindings).
import infra  # noqa: F401
from sandbox.server.process import Server, start

pytest_plugins = ["tests.synthesis"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start(tmp_path_factory.mktemp("aws"))
    yield running
    running.stop()
