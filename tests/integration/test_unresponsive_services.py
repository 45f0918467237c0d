"""A service that never answers: every function says so within its timeout, with the SDK's real waits.

The functions of files that read objects have minutes: what their calls can take is reckoned, not waited for.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from handlers.common import clients
from handlers.common.s3_events import RecordsError
from handlers.uploads.secret import SecretError
from sandbox.server.process import Server
from tests.api_events import ApiResponse, FakeContext
from tests.integration.conftest import REGION, MakeApi
from tests.integration.entry_points import import_entry_point
from tests.integration.fault_injection import TIMEOUT, longest_duration, unresponsive
from tests.integration.file_pipeline import make_files
from tests.integration.request_pipeline import make_pipeline
from tests.integration.task_api import assert_problem, create_task
from tests.integration.upload_processor import make_uploads
from tests.settings import settings_from

Call = Callable[[], ApiResponse | None]
EXPECTED_STATUS = {"tasks.get": 500, "tasks.post": 500, "requests.receive": 503, "files.api": 500}
TIMEOUTS = {
    f"{workload}.{name}": function["timeout_seconds"]
    for workload, content in settings_from().model_dump().items()
    if isinstance(content, dict)
    for name, function in content.items()
    if isinstance(function, dict) and "timeout_seconds" in function
}
"""Seconds of each function, as the stack sets them by default."""


def raising(error: type[Exception], call: Callable[[], object]) -> Call:
    """A call that has to raise this, so that Lambda counts an error and tries again."""

    def raises() -> None:
        with pytest.raises(error):
            call()

    return raises


@pytest.fixture
def calls(server: Server, make_api: MakeApi, table: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Call]:
    """An invocation of each function whose calls are bounded by seconds."""
    with pytest.MonkeyPatch.context() as pauses:  # the pipeline does without them, which is undone at once
        pipeline = make_pipeline(server, pauses, "STANDARD")
    variables = {"DYNAMODB_TABLE_NAME": table, "LOG_LEVEL": "INFO"}
    writer, reader = (
        import_entry_point(monkeypatch, server, f"handlers.records.{name}", "records", variables)
        for name in ("writer", "reader")
    )
    uploads, files = make_uploads(server, monkeypatch), make_files(server, monkeypatch)
    api = make_api()
    create_task(api)
    create_task(api)
    cursor = api("GET", "/tasks?limit=1").json["next_cursor"]
    upload, stored = uploads.put("uploads/a"), pipeline.put("11111111-2222-4333-8444-555555555555")
    return {
        "tasks.get": lambda: api("GET", f"/tasks?limit=1&cursor={cursor}"),
        "tasks.post": lambda: api("POST", "/tasks", {"title": "t"}, headers={"Idempotency-Key": "k"}),
        "records.writer": raising(BotoCoreError, lambda: writer.handler({}, FakeContext())),
        "records.reader": raising(BotoCoreError, lambda: reader.handler({}, FakeContext())),
        "uploads.processor": raising(
            SecretError, lambda: uploads.module.handler({"Records": [upload]}, FakeContext(60_000))
        ),
        "requests.receive": pipeline.post,
        "requests.complete": raising(RecordsError, lambda: pipeline.deliver(stored)),
        "files.api": lambda: files.ask("POST", "/files", {"name": "a.csv", "content_type": "text/csv"}),
    }


def test_every_function_answers_in_time(
    calls: dict[str, Call], record_property: Callable[[str, object], None]
) -> None:
    """At once, because waiting is all that they do."""

    def timed(name: str) -> float:
        start = time.monotonic()
        answer = calls[name]()
        took = time.monotonic() - start
        if answer:
            assert_problem(answer, EXPECTED_STATUS[name])
        assert (answer is not None) == (name in EXPECTED_STATUS)
        return took

    silent: list[Any] = [clients.kms(REGION), clients.dynamodb(), clients.s3(), clients.secretsmanager()]
    with ExitStack() as stack, ThreadPoolExecutor(len(calls)) as pool:
        for client in [*silent, clients.cloudwatch()]:
            stack.enter_context(unresponsive(client))
        # The worst for this one: its record is kept, then neither the task nor the record's removal is.
        stack.enter_context(unresponsive(clients.dynamodb(REGION), after=1))
        took = dict(zip(calls, pool.map(timed, calls), strict=True))
    for name, seconds in took.items():
        record_property(name, f"{seconds:.1f} s of {TIMEOUTS[name]} s")
        assert 2 <= seconds < TIMEOUTS[name], f"{name}: {seconds:.1f} s"


@pytest.mark.parametrize("name", ["image", "document", "data"])
def test_one_call_that_fails_leaves_time_to_say_so(name: str) -> None:
    """To mark the row as failed takes another, of another service, that can fail as well."""
    attempts = clients.BACKGROUND_CONFIG.retries["total_max_attempts"]  # type: ignore[attr-defined] # an option of botocore's
    longest = longest_duration(clients.s3(clients.BACKGROUND_CONFIG), TIMEOUT, attempts)
    assert longest == 75  # as is said there
    assert 2 * longest < TIMEOUTS[f"files.{name}"]
