"""Services that never respond: every function fails within its timeout, with the real timeouts of the SDK.

The functions that process files may run for minutes: for them, the longest duration is only calculated.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from assurance.proof.faults import function_timeouts
from handlers.common import clients
from handlers.common.s3_events import RecordsError
from handlers.uploads.secret import SecretError
from sandbox.server.process import Server
from tests.api_events import ApiResponse, FakeContext
from tests.integration.conftest import REGION, MakeApi
from tests.integration.entry_points import import_records
from tests.integration.fault_injection import TIMEOUT, longest_duration, unresponsive
from tests.integration.file_pipeline import make_files
from tests.integration.request_pipeline import make_pipeline
from tests.integration.task_api import assert_problem, create_task
from tests.integration.upload_processor import make_uploads

Call = Callable[[], ApiResponse | None]
EXPECTED_STATUS = {"tasks.get": 500, "tasks.post": 500, "requests.receive": 503, "files.api": 500}
TIMEOUT_SECONDS = function_timeouts()


def raising(error: type[Exception], call: Callable[[], object]) -> Call:
    """Return a call that must raise an error, so that Lambda counts it and retries."""

    def raises() -> None:
        with pytest.raises(error):
            call()

    return raises


@pytest.fixture
def calls(server: Server, make_api: MakeApi, table: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Call]:
    """Return an invocation of each function that has only seconds to run."""
    with pytest.MonkeyPatch.context() as without_pauses:  # undone at once: this test needs real pauses
        pipeline = make_pipeline(server, without_pauses, "STANDARD")
    records = import_records(monkeypatch, server, table)
    uploads, files = make_uploads(server, monkeypatch), make_files(server, monkeypatch)
    api = make_api()
    create_task(api)
    create_task(api)
    cursor = api("GET", "/tasks?limit=1").json["next_cursor"]
    upload, stored = uploads.put("uploads/a"), pipeline.put("11111111-2222-4333-8444-555555555555")
    return {
        "tasks.get": lambda: api("GET", f"/tasks?limit=1&cursor={cursor}"),
        "tasks.post": lambda: api("POST", "/tasks", {"title": "t"}, headers={"Idempotency-Key": "k"}),
        "records.writer": raising(BotoCoreError, lambda: records["writer"].handler({}, FakeContext())),
        "records.reader": raising(BotoCoreError, lambda: records["reader"].handler({}, FakeContext())),
        "uploads.processor": raising(
            SecretError, lambda: uploads.module.handler({"Records": [upload]}, FakeContext(60_000))
        ),
        "requests.receive": pipeline.post,
        "requests.complete": raising(RecordsError, lambda: pipeline.deliver(stored)),
        "files.api": lambda: files.send("POST", "/files", {"name": "a.csv", "content_type": "text/csv"}),
    }


def test_every_function_fails_within_its_timeout(
    calls: dict[str, Call], record_property: Callable[[str, object], None]
) -> None:
    """All functions run concurrently, because they only wait."""

    def measure(name: str) -> float:
        start = time.monotonic()
        response = calls[name]()
        seconds = time.monotonic() - start
        if response:
            assert_problem(response, EXPECTED_STATUS[name])
        assert (response is not None) == (name in EXPECTED_STATUS)
        return seconds

    silent: list[Any] = [
        clients.kms(REGION),
        clients.dynamodb(),
        clients.s3(),
        clients.secretsmanager(),
        clients.cloudwatch(),
    ]
    with ExitStack() as stack, ThreadPoolExecutor(len(calls)) as pool:
        for client in silent:
            stack.enter_context(unresponsive(client))
        # The worst case of tasks.post: after its idempotency record is stored, two more calls fail.
        stack.enter_context(unresponsive(clients.dynamodb(REGION), after=1))
        durations = dict(zip(calls, pool.map(measure, calls), strict=True))
    for name, seconds in durations.items():
        record_property("time to fail", f"{name} {seconds:.1f} s of {TIMEOUT_SECONDS[name]} s")
        assert 2 <= seconds < TIMEOUT_SECONDS[name], f"{name}: {seconds:.1f} s"


@pytest.mark.parametrize("name", ["image", "document", "data"])
def test_file_functions_have_time_to_report_a_failed_call(name: str) -> None:
    """Marking the row as failed takes another call, to another service, which can fail as well."""
    attempts = clients.BACKGROUND_CONFIG.retries["total_max_attempts"]  # type: ignore[attr-defined] # option of botocore
    longest = longest_duration(clients.s3(clients.BACKGROUND_CONFIG), TIMEOUT, attempts)
    assert longest == 75  # as the comment on BACKGROUND_CONFIG states
    assert 2 * longest < TIMEOUT_SECONDS[f"files.{name}"]
