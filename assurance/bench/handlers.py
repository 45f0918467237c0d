"""Measures what the handlers' own code adds to cold starts and warm invocations, as ratios to a baseline.

The baseline of a function is a boto3 script that creates the same clients and sends the same calls. Functions
and baselines run alternately, without Lambda, on the embedded AWS.
"""

import json
import os
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from assurance.bench.handler_once import UNIQUE
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox import lifecycle
from sandbox.lifecycle import Running

ROUNDS = 7
TASK_ID = "11111111-2222-4333-8444-555555555555"
REQUEST_ID = f"11111111-2222-4333-8444-{UNIQUE}"
JSON = {"Content-Type": "application/json"}
CONTENTS = {
    "bench.png": b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
    ),
    "bench.txt": b"some words " * 100,
    "bench.csv": b"id,name\n" + b"1,one\n" * 100,
}
"""Files for the functions of `files`; small, so that the cost of their own code dominates."""


def measure(console: Console) -> None:
    """Load the stack, run each handler alternately with its baseline, and print the table."""
    with tempfile.TemporaryDirectory() as directory:
        stack = synthesize(settings_from(), Path(directory) / "out")
        running, _ = lifecycle.up(stack, Path(directory) / "aws", lambda *_: None)
        try:
            _measure(running, console)
        finally:
            lifecycle.down(Path(directory) / "aws")


def _measure(running: Running, console: Console) -> None:
    _prepare(running)
    functions = running.server.client("lambda").get_paginator("list_functions").paginate()
    pairs = [_pair(running, function) for page in functions for function in page["Functions"]]
    for _ in track(range(ROUNDS), "handlers", console=console, transient=True):
        for pair in pairs:
            pair.run()
    table = Table("handler", "import (CPU)", "baseline", "ratio", "warm call", "baseline", "ratio")
    for pair in pairs:
        table.add_row(*pair.row())
    console.print(table)


class _Pair:
    """A handler and its baseline."""

    def __init__(self, name: str, environment: Mapping[str, str], event: object) -> None:
        self._name = name
        self._environment = {**os.environ, **environment, "POWERTOOLS_LOG_LEVEL": "CRITICAL"}
        self._handler = ("handler", name, json.dumps(event))
        recorded = self._run_once(("record", name, json.dumps(event)))
        self._baseline = ("baseline", recorded["services"], recorded["calls"])
        self._results: dict[str, list[dict[str, float]]] = {"handler": [], "baseline": []}

    def run(self) -> None:
        """Run the handler and the baseline once, each in a new process."""
        for arguments in (self._handler, self._baseline):
            self._results[arguments[0]].append(self._run_once(arguments))

    def row(self) -> tuple[str, ...]:
        """Return the pair's row of the table."""
        cells = [self._name.removeprefix("handlers.")]
        for figure, unit, scale in (("import", "ms", 1000), ("warm", "ms", 1)):
            handler, baseline = (
                median(result[figure] for result in self._results[mode]) for mode in ("handler", "baseline")
            )
            cells += [
                f"{handler * scale:.1f} {unit}",
                f"{baseline * scale:.1f} {unit}",
                f"{handler / baseline:.2f}",
            ]
        return tuple(cells)

    def _run_once(self, arguments: tuple[str, str, str]) -> Any:  # noqa: ANN401 - JSON
        process = subprocess.run(
            [sys.executable, "-m", "assurance.bench.handler_once", *arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return json.loads(process.stdout)


def _pair(running: Running, function: dict[str, Any]) -> _Pair:
    environment = {**running.server.environment(running.region), **function["Environment"]["Variables"]}
    name = function["Handler"].rpartition(".")[0]
    return _Pair(name, environment, _events(running)[name])


def _prepare(running: Running) -> None:
    """Store the item and the objects that the events refer to."""
    texts = {"id": TASK_ID, "title": "t", "description": "", "status": "open"}
    times = {"created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z"}
    item = {name: {"S": value} for name, value in {**texts, **times}.items()}
    running.server.client("dynamodb").put_item(
        TableName=running.outputs["dynamodb-table-name"],
        Item={**item, "due_at": {"NULL": True}, "version": {"N": "1"}},
    )
    s3 = running.server.client("s3")
    s3.put_object(Bucket=running.outputs["uploads-bucket-name"], Key="bench.bin", Body=b"x" * 1000)
    for name, content in CONTENTS.items():
        s3.put_object(Bucket=running.outputs["files-bucket-name"], Key=name, Body=content)


def _events(running: Running) -> dict[str, object]:
    """Return an event for each handler."""
    task = {"resource": "/tasks/{id}", "pathParameters": {"id": TASK_ID}, "headers": JSON}
    body = json.dumps({"title": "bench"})
    file = {"resource": "/files", "httpMethod": "POST", "headers": {**JSON, "x-api-key": "bench"}}
    new_file = json.dumps({"name": "a.png", "content_type": "image/png"})
    request = {"requestContext": {"requestId": REQUEST_ID}, "resource": "/", "httpMethod": "POST"}
    uploads, requests, files = (
        str(running.outputs[f"{name}-bucket-name"]) for name in ("uploads", "requests", "files")
    )
    return {
        "handlers.tasks.get": {**task, "httpMethod": "GET"},
        "handlers.tasks.post": {"resource": "/tasks", "httpMethod": "POST", "headers": JSON, "body": body},
        "handlers.tasks.put": {**task, "httpMethod": "PUT", "body": body},
        "handlers.tasks.delete": {**task, "httpMethod": "DELETE", "headers": {"If-Match": '"0"'}},
        "handlers.records.writer": {"id": "bench"},
        "handlers.records.reader": {"id": "bench"},
        "handlers.uploads.processor": _created(uploads, "bench.bin"),
        "handlers.requests.receive": {**request, "headers": JSON, "body": body},
        "handlers.requests.complete": _created(requests, f"requests/{REQUEST_ID}.json"),
        "handlers.files.api": {**file, "body": new_file},
        "handlers.files.image": _created(files, "bench.png"),
        "handlers.files.document": _created(files, "bench.txt"),
        "handlers.files.data": _created(files, "bench.csv"),
    }


def _created(bucket: str, key: str) -> dict[str, object]:
    """Return the event that S3 sends when an object is created."""
    s3_object = {"key": key, "sequencer": UNIQUE}
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "s3": {"bucket": {"name": bucket}, "object": s3_object},
    }
    return {"Records": [record]}
