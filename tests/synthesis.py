"""Fixtures that synthesize the stack, each set of settings once a session."""

import json
from collections.abc import Callable
from functools import cache

import pytest

from tests.template import Template

Synthesize = Callable[..., Template]


@cache
def _synthesize(variables: tuple[tuple[str, str], ...]) -> Template:
    # Here, because every session has this module, and cdktf and the stack take half a second to import.
    from cdktf import App  # noqa: PLC0415

    from assurance.settings import settings_from  # noqa: PLC0415
    from infra.stack import build  # noqa: PLC0415

    stack = build(App(), settings_from(**dict(variables)))
    return Template(json.loads(json.dumps(stack.to_terraform())))


@pytest.fixture(scope="session")
def synthesize() -> Synthesize:
    """Synthesize with these variables; each combination once a session."""
    return lambda **variables: _synthesize(tuple(sorted(variables.items())))


@pytest.fixture(scope="session")
def stack(synthesize: Synthesize) -> Template:
    """The stack with the default settings."""
    return synthesize()


@pytest.fixture(scope="session")
def production(synthesize: Synthesize) -> Template:
    """The stack whose names the requirements quote (P4)."""
    return synthesize(ENVIRONMENT="production", ENVIRONMENT_SUFFIX="synthtrainr963")
