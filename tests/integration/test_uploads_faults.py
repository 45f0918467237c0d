"""Whatever happens to a call of the processor of uploads: a file counts as processed, or it comes again."""

import json
from typing import Any, NamedTuple

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
RAISES: dict[str, type[Exception] | None] = {
    "GetSecretValue": SecretError,
    "GetObject": EventError,
    "PutMetricData": None,  # is of no concern to the files
}


class Blow(NamedTuple):
    """A strike at one of the processor's calls."""

    operation: str
    strike: Injection

    def __str__(self) -> str:
        return f"{self.operation}-{self.strike}"


@pytest.fixture
def uploads(server: Server, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    reset_clients(monkeypatch)
    return make_uploads(server, monkeypatch)


def client_of(uploads: Uploads, operation: str) -> Any:  # noqa: ANN401 - botocore's
    module = uploads.module
    return {"GetObject": module.s3, "PutMetricData": module.cloudwatch}.get(operation, module.secret._client)


@pytest.mark.parametrize("blow", [Blow(each, strike) for each in RAISES for strike in INJECTIONS], ids=str)
def test_a_blow(uploads: Uploads, blow: Blow) -> None:
    event = {"Records": [uploads.put("uploads/a"), uploads.put("uploads/b")]}
    client, (fault, times) = client_of(uploads, blow.operation), blow.strike
    raises = (
        FunctionKilled
        if fault in KILLS
        else None
        if blow.strike.recovered_by_retry
        else RAISES[blow.operation]
    )
    log = capture_log(uploads.module)
    with inject(fault, client, blow.operation, times) as struck:
        if raises:
            with pytest.raises(raises):
                uploads.module.handler(event, FakeContext())
        else:
            assert uploads.module.handler(event, FakeContext()) == done(2)
    assert 2 * longest_duration(client, fault, len(struck)) < TIMEOUT_SECONDS
    assert PASSWORD not in log.getvalue()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    processed = [line["key"] for line in lines if line["message"] == "file processed"]
    assert len(processed) == len(set(processed))
    if not raises:
        assert processed == ["uploads/a", "uploads/b"]
        failed = any(line["message"] == "metrics not published" for line in lines)
        assert failed is not blow.strike.recovered_by_retry
    uploads.now += LIFETIME_SECONDS
    assert uploads.module.handler(event, FakeContext()) == done(2)  # the event comes again


@pytest.mark.parametrize("times", range(1, 11))
def test_an_event_delivered_up_to_ten_times_and_in_any_order(uploads: Uploads, times: int) -> None:
    """It only reads: whatever comes, nothing is written but metrics, one set an invocation."""
    module = uploads.module
    records = [uploads.put(f"uploads/{name}", name.encode() * 3) for name in "abc"]
    with record_calls(module.s3, module.cloudwatch, module.secret._client) as calls:
        for turn in range(times):
            order = records[turn % 3 :] + records[: turn % 3]
            assert module.handler({"Records": order if turn % 2 else order[::-1]}, FakeContext()) == done(3)
    operations = [operation for operation, _ in calls]
    assert operations == ["GetSecretValue", *(["GetObject"] * 3 + ["PutMetricData"]) * times]
