"""Whatever fails, and wherever a function dies: what is stored comes to one row and one execution (Q5)."""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import NamedTuple
from uuid import uuid4

import pytest

from handlers.common import clients
from handlers.common.clients import Client
from handlers.common.s3_events import RecordsError
from tests.api_events import ApiResponse
from tests.integration.fault_injection import (
    INJECTIONS,
    KILL_BEFORE,
    KILLS,
    LOST_RESPONSE,
    FunctionKilled,
    Injection,
    inject,
)
from tests.integration.request_pipeline import EVENT_TIME, MakePipeline, Pipeline, assert_one_result
from tests.integration.task_api import assert_problem

CLIENTS: Mapping[str, Callable[[], Client]] = {
    "PutObject": clients.s3,
    "HeadObject": clients.s3,
    "PutItem": clients.dynamodb,
    "StartExecution": clients.stepfunctions,
    "UpdateItem": clients.dynamodb,
}
COMPLETION = ("PutItem", "StartExecution", "UpdateItem")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Blow(NamedTuple):
    """A strike at one call of a pipeline of one type."""

    type: str
    operation: str
    strike: Injection

    def __str__(self) -> str:
        return f"{self.type}-{self.operation}-{self.strike}"


def blows(*operations: str) -> list[Blow]:
    return [
        Blow(type_, operation, strike)
        for type_ in ("STANDARD", "EXPRESS")
        for operation in operations
        if (type_, operation) != ("STANDARD", "UpdateItem")  # its row has the ARN from the first
        for strike in INJECTIONS
    ]


@pytest.mark.parametrize("blow", blows(*CLIENTS), ids=str)
def test_a_blow_to_receive(make_requests: MakePipeline, blow: Blow) -> None:
    pipeline, request_id = make_requests(blow.type), str(uuid4())
    answer = posted(pipeline, blow, request_id=request_id)
    before = pipeline.rows()
    if not pipeline.objects():
        assert (blow.operation, blow.strike.fault.reaches_aws, blow.strike.recovered_by_retry) == (
            "PutObject",
            False,
            False,
        )
        assert (before, pipeline.executions()) == ([], [])
    pipeline.redeliver()
    if pipeline.objects():
        assert_one_result(pipeline, request_id, before[0]["timestamp"] if before else EVENT_TIME)
    else:
        assert (pipeline.rows(), pipeline.executions()) == ([], [])
    assert_fits(answer, blow, request_id)


def posted(
    pipeline: Pipeline, blow: Blow, *, key: str | None = None, request_id: str | None = None
) -> ApiResponse | None:
    """Post under a blow; None when the function dies of it."""
    with ExitStack() as blows:
        if blow.operation == "HeadObject":  # called only when the object is there: by its own first attempt
            blows.enter_context(inject(LOST_RESPONSE, clients.s3(), "PutObject"))
        client = CLIENTS[blow.operation]()
        blows.enter_context(inject(blow.strike.fault, client, blow.operation, blow.strike.times))
        if blow.strike.fault in KILLS:
            with pytest.raises(FunctionKilled):
                pipeline.post(key=key, request_id=request_id)
            return None
        return pipeline.post(key=key, request_id=request_id)


def assert_fits(answer: ApiResponse | None, blow: Blow, request_id: str) -> None:
    """Assert that an answer is what a client has to be told of a blow."""
    if answer is None:
        return
    if blow.strike.recovered_by_retry:
        assert (answer.status, answer.json["request_id"]) == (200, request_id)
        assert "Idempotent-Replayed" not in answer.headers
        return
    assert_problem(answer, 503)
    assert answer.json["request_id"] == request_id
    stored = blow.operation in COMPLETION
    said = "is stored under this request_id" if stored else "may not be stored"
    assert said in answer.json["detail"]
    assert ("Retry-After" in answer.headers) == (not stored)
    assert not re.search("(?i)s3|dynamo|step|put|arn:|amazon|aws|made by a test", answer.json["detail"])


@pytest.mark.parametrize("blow", blows(*COMPLETION), ids=str)
def test_a_blow_to_complete(make_requests: MakePipeline, blow: Blow) -> None:
    pipeline, request_id = make_requests(blow.type), str(uuid4())
    record = pipeline.put(request_id)
    client = CLIENTS[blow.operation]()
    with inject(blow.strike.fault, client, blow.operation, blow.strike.times):
        if blow.strike.recovered_by_retry:
            pipeline.deliver(record)
        else:  # so that Lambda tries again
            with pytest.raises(FunctionKilled if blow.strike.fault in KILLS else RecordsError):
                pipeline.deliver(record)
    if blow.strike.recovered_by_retry:
        assert_one_result(pipeline, request_id, EVENT_TIME)
    pipeline.redeliver()
    assert_one_result(pipeline, request_id, EVENT_TIME)


@pytest.mark.parametrize(
    "blow",
    [
        each
        for each in blows(*CLIENTS)
        if each.strike.fault in (LOST_RESPONSE, KILL_BEFORE) and not each.strike.recovered_by_retry
    ],
    ids=str,
)
def test_a_client_that_sends_it_again_after_a_blow(make_requests: MakePipeline, blow: Blow) -> None:
    """With a key, it has its answer at last, and there is still one request; no event has come yet."""
    pipeline = make_requests(blow.type)
    posted(pipeline, blow, key="k")
    answer = pipeline.post(key="k")
    assert answer.status == 200
    (row,) = pipeline.rows()
    assert answer.json["execution_arn"] == row["step_function_execution_arn"]
    assert_one_result(pipeline, answer.json["request_id"], row["timestamp"])
    pipeline.redeliver()
    assert_one_result(pipeline, answer.json["request_id"], row["timestamp"])
