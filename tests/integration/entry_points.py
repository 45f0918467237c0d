"""Entry points, imported as Lambda would."""

import importlib
import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from handlers.common.clients import Client
from sandbox.server.process import Server

EntryPoints = dict[str, ModuleType]
"""Entry points of a workload, by name."""


def import_entry_point(
    patch: pytest.MonkeyPatch, server: Server, module: str, service: str, variables: Mapping[str, str]
) -> ModuleType:
    """Import a module anew, in the environment that its function has."""
    for name, value in {**server.environment(), **variables}.items():
        patch.setenv(name, value)
    logging.Logger.manager.loggerDict.pop(service, None)  # a new container has none
    return importlib.reload(importlib.import_module(module))


def capture_log(module: ModuleType) -> io.StringIO:
    """Return where the log of an entry point goes from now on."""
    stream = io.StringIO()
    handler = module.logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream


@contextmanager
def record_calls(*clients: Client) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Collect the operations that are called, and with what."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def record(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's form
        calls.append((model.name, params))

    for client in clients:
        client.meta.events.register("before-parameter-build", record)
    yield calls
    for client in clients:
        client.meta.events.unregister("before-parameter-build", record)
