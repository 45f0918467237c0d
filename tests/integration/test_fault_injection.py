"""The faults that other tests strike with are what they say."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from handlers.common import clients
from handlers.common.clients import Client
from tests.integration.fault_injection import (
    ALWAYS,
    ERROR,
    FAILURES,
    KILLS,
    THROTTLE,
    Fault,
    FunctionKilled,
    inject,
)
from tests.integration.request_pipeline import Pipeline, client_of

CODES = {
    "PutObject": ("InternalError", "SlowDown"),
    "HeadObject": ("500", "503"),  # whose answers have no body
    "PutItem": ("InternalServerError", "ThrottlingException"),
}


def call(pipeline: Pipeline, operation: str) -> None:
    match operation:
        case "PutObject":
            clients.s3().put_object(Bucket=pipeline.bucket, Key="k", Body=b"x")
        case "HeadObject":
            clients.s3().head_object(Bucket=pipeline.bucket, Key="k")
        case "PutItem":
            clients.dynamodb().put_item(TableName=pipeline.table, Item={"request_id": {"S": "x"}})


@pytest.mark.parametrize("operation", CODES)
@pytest.mark.parametrize("fault", FAILURES, ids=str)
def test_a_failure_is_tried_again_and_then_raised(pipeline: Pipeline, operation: str, fault: Fault) -> None:
    client: Client = clients.dynamodb() if operation == "PutItem" else clients.s3()
    failed = pytest.raises((ClientError, ReadTimeoutError))
    with inject(fault, client, operation, ALWAYS) as struck, failed as caught:
        call(pipeline, operation)
    assert len(struck) == 2
    if fault in (ERROR, THROTTLE):
        assert isinstance(caught.value, ClientError)
        assert caught.value.response["Error"]["Code"] == CODES[operation][fault is THROTTLE]
    objects = client_of(pipeline.server, "s3").list_objects_v2(Bucket=pipeline.bucket)["KeyCount"]
    done = objects + len(pipeline.rows())
    assert done == int(operation != "HeadObject" and fault.reaches_aws)


@pytest.mark.parametrize("fault", KILLS, ids=str)
def test_a_function_dies_before_or_after_the_call(pipeline: Pipeline, fault: Fault) -> None:
    with inject(fault, clients.dynamodb(), "PutItem") as struck, pytest.raises(FunctionKilled):
        call(pipeline, "PutItem")
    assert (len(struck), len(pipeline.rows())) == (1, int(fault.reaches_aws))


def test_a_fault_that_strikes_nothing_is_a_mistake(pipeline: Pipeline) -> None:
    with pytest.raises(AssertionError, match="UpdateItem was not called"):
        strike_in_vain(pipeline)


def strike_in_vain(pipeline: Pipeline) -> None:
    with inject(ERROR, clients.dynamodb(), "UpdateItem"):
        call(pipeline, "PutItem")
