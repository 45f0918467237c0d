"""Faults of the upload processor's AWS calls: a file counts as processed, or Lambda retries its event."""

import json
from typing import Any

import pytest

from handlers.common.s3_events import EventError
from handlers.uploads.secret import LIFETIME_SECONDS, SecretError
from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import capture_log, record_calls
from tests.integration.fault_injection import (
    INJECTIONS,
    KILLS,
    FunctionKilled,
    Injection,
    inject,
    longest_duration,
    reset_clients,
)
from tests.integration.upload_processor import PASSWORD, Uploads, done, make_uploads

TIMEOUT_SECONDS = 60  # of the function (U2)
ERRORS: dict[str, type[Exception] | None] = {
    "GetSecretValue": SecretError,
    "GetObject": EventError,
    "PutMetricData": None,  # the files are processed nevertheless
}


@pytest.fixture
def uploads(server: Server, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    reset_clients(monkeypatch)
    return make_uploads(server, monkeypatch)


def client_of(uploads: Uploads, operation: str) -> Any:  # noqa: ANN401 - a botocore client
    module = uploads.module
    return {"GetObject": module.s3, "PutMetricData": module.cloudwatch}.get(operation, module.secret._client)


@pytest.mark.parametrize("injection", INJECTIONS, ids=str)
@pytest.mark.parametrize("operation", ERRORS)
def test_file_is_processed_or_its_event_retried(
    uploads: Uploads, operation: str, injection: Injection
) -> None:
    event = {"Records": [uploads.put("uploads/a"), uploads.put("uploads/b")]}
    client, (fault, times) = client_of(uploads, operation), injection
    recovered = injection.recovered_by_retry
    error = FunctionKilled if fault in KILLS else None if recovered else ERRORS[operation]
    log = capture_log(uploads.module)
    with inject(fault, client, operation, times) as urls:
        if error:
            with pytest.raises(error):
                uploads.module.handler(event, FakeContext())
        else:
            assert uploads.module.handler(event, FakeContext()) == done(2)
    assert 2 * longest_duration(client, fault, len(urls)) < TIMEOUT_SECONDS
    assert PASSWORD not in log.getvalue()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    processed = [line["key"] for line in lines if line["message"] == "file processed"]
    assert len(processed) == len(set(processed))
    if not error:
        assert processed == ["uploads/a", "uploads/b"]
        metrics_failed = any(line["message"] == "metrics not published" for line in lines)
        assert metrics_failed is not recovered
    uploads.now += LIFETIME_SECONDS
    assert uploads.module.handler(event, FakeContext()) == done(2)  # the retry


@pytest.mark.usefixtures("repeated_events")
@pytest.mark.parametrize("times", range(1, 11))
def test_repeated_and_reordered_events_only_read(uploads: Uploads, times: int) -> None:
    """Each invocation writes nothing but one set of metrics."""
    module = uploads.module
    records = [uploads.put(f"uploads/{name}", name.encode() * 3) for name in "abc"]
    with record_calls(module.s3, module.cloudwatch, module.secret._client) as calls:
        for turn in range(times):
            order = records[turn % 3 :] + records[: turn % 3]
            event = {"Records": order if turn % 2 else order[::-1]}
            assert module.handler(event, FakeContext()) == done(3)
    operations = [operation for operation, _ in calls]
    assert operations == ["GetSecretValue", *(["GetObject"] * 3 + ["PutMetricData"]) * times]
