"""S3 events of stored requests: `complete`, in this process, on the embedded AWS (Q5)."""

import json
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common import clients
from handlers.common.s3_events import EventError, RecordsError
from tests.api_events import FakeContext
from tests.generation import example_count
from tests.integration.entry_points import capture_log, record_calls
from tests.integration.request_pipeline import (
    EVENT_TIME,
    MakePipeline,
    Pipeline,
    assert_one_result,
)

ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"
TYPES = ("STANDARD", "EXPRESS")


@pytest.mark.parametrize("machine_type", TYPES)
def test_stored_request_is_completed_once(make_requests: MakePipeline, machine_type: str) -> None:
    pipeline = make_requests(machine_type)
    record = pipeline.put(ID)
    for _ in range(2):
        pipeline.deliver(record)
        assert_one_result(pipeline, ID, EVENT_TIME)
        assert len(pipeline.executions()) == 1


@pytest.mark.parametrize(("machine_type", "most_calls"), [("STANDARD", 2), ("EXPRESS", 1)])
def test_event_after_the_api_makes_few_calls(
    make_requests: MakePipeline, machine_type: str, most_calls: int
) -> None:
    pipeline = make_requests(machine_type)
    request_id = pipeline.post().json["request_id"]
    for most in (most_calls, 1):  # during the execution unless it has ended already, and afterwards
        with record_calls(clients.dynamodb(), clients.stepfunctions()) as calls:
            pipeline.deliver(*pipeline.records())
        operations = [operation for operation, _ in calls]
        assert 1 <= len(operations) <= most
        assert operations == ["PutItem", "StartExecution"][: len(operations)]
        assert_one_result(pipeline, request_id, pipeline.rows()[0]["timestamp"])


def test_event_before_the_api_completes_the_request(pipeline: Pipeline) -> None:
    """The event can arrive while `receive` is still running."""
    complete = pipeline.receive.completion.complete

    def slowly(*arguments: object) -> object:
        pipeline.deliver(*pipeline.records())
        return complete(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline.receive.completion, "complete", slowly)
        response = pipeline.post()
    assert response.status == 200
    assert_one_result(pipeline, response.json["request_id"], EVENT_TIME)


@pytest.mark.parametrize("machine_type", TYPES)
def test_row_with_an_execution_of_another_machine_is_completed(
    make_requests: MakePipeline, machine_type: str
) -> None:
    """The row was created under the other setting, by a function that was killed before the start."""
    pipeline = make_requests(machine_type)
    pipeline.put(ID)
    other = f"arn:aws:states:us-east-1:123456789012:execution:another:execution-{ID}"
    row = {
        "request_id": ID,
        "timestamp": EVENT_TIME,
        "s3_key": f"requests/{ID}.json",
        "status": "processing",
        "step_function_execution_arn": other,
    }
    pipeline.server.client("dynamodb").put_item(
        TableName=pipeline.table, Item={name: {"S": value} for name, value in row.items()}
    )
    pipeline.redeliver()
    assert {execution["status"] for execution in pipeline.ended_executions()} == {"SUCCEEDED"}
    (completed,) = pipeline.rows()
    if machine_type == "EXPRESS":  # the ARN of an execution that was started
        row["step_function_execution_arn"] = completed["step_function_execution_arn"]
        assert row["step_function_execution_arn"] in [
            execution["executionArn"] for execution in pipeline.executions()
        ]
    assert completed == {**row, "status": "completed"}
    assert pipeline.effects() == 1


@pytest.mark.parametrize(
    "key",
    [
        f"requests/{ID}",
        f"requests/{ID}.json/",
        f"requests/{ID}.JSON",
        f"requests/{ID.upper()}.json",
        f"requests/{ID}.json\n",
        f"requests/x{ID}.json",
        f"requests/x/{ID}.json",
        f"requests/../{ID}.json",
        f"/requests/{ID}.json",
        f"{ID}.json",
        "requests/.json",
        "requests/x.json",
    ],
)
def test_event_with_another_key_is_rejected(pipeline: Pipeline, key: str) -> None:
    log = capture_log(pipeline.complete)
    with record_calls(clients.dynamodb(), clients.stepfunctions()) as calls, pytest.raises(RecordsError):
        pipeline.deliver(pipeline.record(key))
    assert calls == []
    assert json.loads(log.getvalue())["reason"] == f"{key!r} is not the key of a request"


def test_other_records_are_completed_if_some_fail(pipeline: Pipeline) -> None:
    ids = [str(uuid4()) for _ in range(2)]
    records = [pipeline.put(request_id) for request_id in ids]
    log = capture_log(pipeline.complete)
    with pytest.raises(RecordsError, match=r"^2 of 4 records failed"):
        pipeline.deliver(records[0], None, pipeline.record("requests/x.json"), records[1])
    assert {row["request_id"] for row in pipeline.rows()} == set(ids)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["completed", "record failed", "record failed", "completed"]
    assert [line["submission_id"] for line in lines if "submission_id" in line] == ids


def test_request_without_enough_time_is_left_to_the_next_attempt(pipeline: Pipeline) -> None:
    record = pipeline.put(ID)
    with record_calls(clients.dynamodb()) as calls, pytest.raises(RecordsError):
        pipeline.complete.handler({"Records": [record]}, FakeContext(5_000))
    assert calls == []


def test_event_without_records_does_nothing(pipeline: Pipeline) -> None:
    pipeline.complete.handler({"Event": "s3:TestEvent"}, FakeContext())
    pipeline.deliver()
    with pytest.raises(EventError, match="no list of Records"):
        pipeline.complete.handler({}, FakeContext())
    assert pipeline.rows() == []


@pytest.mark.usefixtures("repeated_events")
@pytest.mark.hypothesis
@pytest.mark.parametrize("machine_type", TYPES)
def test_any_number_and_order_of_events_completes_each_request_once(
    make_requests: MakePipeline, machine_type: str
) -> None:
    pipeline = make_requests(machine_type)
    seen = set[str]()

    @settings(max_examples=example_count(few=4, many=60))
    @given(st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=10))
    def deliver(events: list[list[int]]) -> None:
        records = [pipeline.put(str(uuid4())) for _ in range(4)]
        for numbers in events:
            pipeline.deliver(*(records[number] for number in numbers))
        seen.update(records[number]["s3"]["object"]["key"] for numbers in events for number in numbers)
        assert {row["s3_key"] for row in pipeline.rows()} == seen

    deliver()
    executions = pipeline.ended_executions()
    assert sorted(json.loads(execution["input"])["s3_key"] for execution in executions) == sorted(seen)
    assert {row["status"] for row in pipeline.rows()} == {"completed"}
    assert {row["step_function_execution_arn"] for row in pipeline.rows()} == {
        execution["executionArn"] for execution in executions
    }
