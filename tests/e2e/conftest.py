"""The whole stack, synthesized, loaded into the session's embedded AWS and called over HTTPS.

`pytest tests/e2e --engine terraform` applies it with the terraform or tofu on the PATH instead.
"""

from collections.abc import Callable

import pytest

from assurance.loaded_stack import LoadedStack
from assurance.proof.inputs import UNTHROTTLED
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import load
from sandbox.engines.terraform.apply import apply
from sandbox.lifecycle import Engine
from sandbox.server.process import Server

LoadStack = Callable[..., LoadedStack]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=list(Engine), default=Engine.LOADER, help="what loads the stack")


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> Engine:
    return Engine(pytestconfig.getoption("--engine"))


@pytest.fixture(scope="session")
def load_stack(server: Server, tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> LoadStack:
    # All stacks, which have separate states, use one directory, so that the provider is installed once.
    terraform = tmp_path_factory.mktemp("terraform") / "terraform"

    def load_with(**variables: str) -> LoadedStack:
        directory = synthesize(settings_from(**variables), tmp_path_factory.mktemp("stack"))
        if engine is Engine.TERRAFORM:
            return LoadedStack(server, apply(directory, server, terraform))
        return LoadedStack(server, load(directory, server))

    return load_with


@pytest.fixture(scope="session")
def stack(load_stack: LoadStack) -> LoadedStack:
    """A stack with the default settings."""
    return load_stack(ENVIRONMENT_SUFFIX="e2e")


@pytest.fixture(scope="session")
def iam_stack(load_stack: LoadStack) -> LoadedStack:
    """Two APIs in another region: signed calls, two CORS origins, required If-Match, EXPRESS executions."""
    return load_stack(
        ENVIRONMENT_SUFFIX="e2eiam",
        WORKLOADS="tasks,requests",
        REQUESTS_STATE_MACHINE_TYPE="EXPRESS",
        AWS_REGION="us-west-2",
        TASKS_AUTH="iam",
        TASKS_REQUIRE_IF_MATCH="true",
        CORS_ORIGINS="https://a.example,https://b.example",
    )


@pytest.fixture(scope="session")
def unthrottled_stack(load_stack: LoadStack) -> LoadedStack:
    """A stack whose responses do not depend on the number of requests."""
    return load_stack(ENVIRONMENT_SUFFIX="e2eload", **UNTHROTTLED)
