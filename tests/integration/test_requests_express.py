"""EXPRESS executions: names are not unique, ARNs are known after the start, no redrive (Q3, Q5)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from handlers.common import clients
from handlers.common.clients import Client
from handlers.common.s3_events import RecordsError
from tests.integration.entry_points import record_calls
from tests.integration.fault_injection import KILLS, TIMEOUT, Fault, FunctionKilled, inject
from tests.integration.request_pipeline import (
    EVENT_TIME,
    REQUEST_CREATED,
    MakePipeline,
    Pipeline,
    assert_one_result,
    make_name_unique,
    set_clock,
)

ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"
ARN = "step_function_execution_arn"
OVERDUE = timedelta(minutes=10)
MILLISECOND = timedelta(milliseconds=1)


def test_row_keeps_the_arn_of_the_first_of_two_executions(make_requests: MakePipeline) -> None:
    pipeline = make_requests("EXPRESS")
    start = pipeline.receive.completion._start

    def start_last(request_id: str) -> object:
        pipeline.deliver(*pipeline.records())
        return start(request_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline.receive.completion, "_start", start_last)
        response = pipeline.post()
    (row,) = pipeline.rows()
    assert response.json["execution_arn"] == row["step_function_execution_arn"]
    first, second = sorted(pipeline.ended_executions(), key=lambda execution: execution["startDate"])
    assert row["step_function_execution_arn"] == first["executionArn"] != second["executionArn"]
    assert_one_result(pipeline, response.json["request_id"], row["timestamp"])


def test_completed_row_without_an_arn_gets_one(make_requests: MakePipeline) -> None:
    pipeline = make_requests("EXPRESS")
    with inject(TIMEOUT, clients.dynamodb(), "UpdateItem", 2):
        request_id = pipeline.post().json["request_id"]
    pipeline.ended_executions()
    (row,) = pipeline.rows()
    assert (row["status"], "step_function_execution_arn" in row) == ("completed", False)
    pipeline.redeliver()
    assert_one_result(pipeline, request_id, row["timestamp"])


def test_row_deleted_before_its_arn_is_recorded_is_created_again(make_requests: MakePipeline) -> None:
    """The update must not create a row that has only an ARN. The event is retried."""
    pipeline = make_requests("EXPRESS")
    record = pipeline.put(ID)
    start, delete = pipeline.complete.completion._start, pipeline.server.client("dynamodb").delete_item

    def start_and_lose_the_row(request_id: str) -> object:
        delete(TableName=pipeline.table, Key={"request_id": {"S": request_id}})
        return start(request_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline.complete.completion, "_start", start_and_lose_the_row)
        with pytest.raises(RecordsError):
            pipeline.deliver(record)
    assert pipeline.rows() == []
    pipeline.redeliver()
    assert_one_result(pipeline, ID, EVENT_TIME)


def test_machine_with_unique_names_is_supported(make_requests: MakePipeline) -> None:
    """As on the embedded AWS."""
    pipeline = make_requests("EXPRESS")
    clients.stepfunctions().meta.events.unregister(REQUEST_CREATED, make_name_unique)
    with inject(TIMEOUT, clients.dynamodb(), "UpdateItem", 2):
        request_id = pipeline.post().json["request_id"]
    pipeline.redeliver()
    (row,) = pipeline.rows()
    assert_one_result(pipeline, request_id, row["timestamp"])


@pytest.fixture
def failed(make_requests: MakePipeline) -> Pipeline:
    """Return a pipeline with one request, whose execution has failed."""
    pipeline = make_requests("EXPRESS")
    with pipeline.failing_executions():
        assert pipeline.post(key="k").status == 200
    assert [execution["status"] for execution in pipeline.executions()] == ["FAILED"]
    return pipeline


def test_no_second_execution_while_the_first_may_run(
    failed: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = failed.rows()
    set_clock(monkeypatch, row["timestamp"], OVERDUE)
    with record_calls(clients.dynamodb(), clients.stepfunctions()) as calls:
        failed.redeliver()
        assert failed.post(key="k").json["execution_arn"] == row[ARN]
    assert {operation for operation, _ in calls} == {"PutItem"}
    assert failed.rows() == [row]


@pytest.mark.parametrize("trigger", ["event", "client"])
def test_overdue_request_gets_another_execution(
    failed: Pipeline, monkeypatch: pytest.MonkeyPatch, trigger: str
) -> None:
    (before,) = failed.rows()
    set_clock(monkeypatch, before["timestamp"], OVERDUE + MILLISECOND)
    if trigger == "event":
        failed.deliver(*failed.records())
    else:
        response = failed.post(key="k")
        assert (response.status, response.json["execution_arn"]) == (200, failed.rows()[0][ARN])
    assert_completed_by_another_execution(failed, before)
    failed.redeliver()  # a completed request is never overdue
    assert len(failed.executions()) == 2


def test_concurrent_executions_of_an_overdue_request_have_one_effect(
    failed: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = failed.rows()
    set_clock(monkeypatch, before["timestamp"], OVERDUE + MILLISECOND)
    failed.redeliver()
    assert_completed_by_another_execution(failed, before)


@pytest.mark.parametrize("fault", KILLS, ids=str)
@pytest.mark.parametrize(
    ("client", "operation"),
    [(clients.stepfunctions, "StartExecution"), (clients.dynamodb, "UpdateItem")],
    ids=["start", "record-arn"],
)
def test_overdue_request_is_completed_although_the_function_is_killed(
    failed: Pipeline,
    monkeypatch: pytest.MonkeyPatch,
    client: Callable[[], Client],
    operation: str,
    fault: Fault,
) -> None:
    (before,) = failed.rows()
    set_clock(monkeypatch, before["timestamp"], OVERDUE + MILLISECOND)
    with inject(fault, client(), operation), pytest.raises(FunctionKilled):
        failed.deliver(*failed.records())
    failed.redeliver()
    assert failed.effects() == 1
    assert failed.rows()[0]["status"] == "completed"


def assert_completed_by_another_execution(pipeline: Pipeline, before: dict[str, str]) -> None:
    """Assert that a failed request is completed, and that its row has the ARN of a successful execution.

    Args:
        pipeline: The pipeline.
        before: The row before the other execution.
    """
    assert pipeline.effects() == 1
    (row,) = pipeline.rows()
    assert row == {**before, "status": "completed", ARN: row[ARN]}
    statuses = {execution["executionArn"]: execution["status"] for execution in pipeline.executions()}
    assert (statuses.pop(before[ARN]), statuses[row[ARN]]) == ("FAILED", "SUCCEEDED")
    assert set(statuses.values()) == {"SUCCEEDED"}
