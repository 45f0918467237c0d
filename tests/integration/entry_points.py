"""Import the entry points of functions as Lambda does, and observe them."""

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
"""Entry points of a workload, by function."""


def import_entry_point(
    patch: pytest.MonkeyPatch, server: Server, module: str, service: str, variables: Mapping[str, str]
) -> ModuleType:
    """Import a module again, as in a new container.

    Args:
        patch: Sets the environment variables.
        server: The embedded AWS that the function calls.
        module: Name of the module.
        service: Name of the workload's logger.
        variables: Environment variables of the function.
    """
    for name, value in {**server.environment(), **variables}.items():
        patch.setenv(name, value)
    logging.Logger.manager.loggerDict.pop(service, None)  # a new container has no loggers yet
    return importlib.reload(importlib.import_module(module))


def import_records(patch: pytest.MonkeyPatch, server: Server, table: str) -> EntryPoints:
    """Import the `writer` and the `reader` of records, with a table."""
    variables = {"DYNAMODB_TABLE_NAME": table, "LOG_LEVEL": "INFO"}
    return {
        name: import_entry_point(patch, server, f"handlers.records.{name}", "records", variables)
        for name in ("writer", "reader")
    }


def capture_log(module: ModuleType) -> io.StringIO:
    """Redirect the log of an entry point to a stream, and return the stream."""
    stream = io.StringIO()
    handler = module.logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream


@contextmanager
def record_calls(*clients: Client) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Record the API calls of clients: operation and parameters."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def record(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's signature
        calls.append((model.name, params))

    for client in clients:
        client.meta.events.register("before-parameter-build", record)
    yield calls
    for client in clients:
        client.meta.events.unregister("before-parameter-build", record)
