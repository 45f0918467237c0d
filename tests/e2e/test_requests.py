"""Q1 to Q5: signed calls, and requests that come to one object, one row and one execution."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from assurance.loaded_stack import LoadedStack
from operations.redrive import Total
from tests.e2e.conftest import LoadStack
from tests.e2e.events import Events, denied
from tests.e2e.test_iam import is_denied
from tests.waiting import eventually

API = "requests-api-url"


class Pipeline(Events):
    """A client who may call the API, and what is behind it."""

    def __init__(self, stack: LoadedStack) -> None:
        super().__init__(stack, "requests-complete-function-arn", "requests-dead-letters-url")
        self.stack = stack
        self.outputs = stack.loaded.outputs
        self.arn = stack.resource("aws_api_gateway_rest_api", "requests-api")["execution_arn"]
        self._keys = stack.caller(f"{self.arn}/*/POST/")

    def post(self, body: object, **headers: str) -> requests.Response:
        sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.stack.signed("POST", "/", self._keys, api=API, headers=sent, body=json.dumps(body))

    def stored(self, request_id: str) -> bytes:
        s3 = self.stack.client("s3")
        found = s3.get_object(Bucket=self.outputs["requests-bucket-name"], Key=f"requests/{request_id}.json")
        content: bytes = found["Body"].read()
        return content

    def row(self, request_id: str) -> dict[str, str]:
        table = self.outputs["requests-table-name"]
        key = {"request_id": {"S": request_id}}
        item = self.stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
        return {name: value["S"] for name, value in item.get("Item", {}).items()}

    def completed(self, request_id: str) -> dict[str, str]:
        def look() -> dict[str, str] | None:
            row = self.row(request_id)
            return row if row.get("status") == "completed" else None

        return eventually(look)

    def executions(self, request_id: str) -> list[dict[str, Any]]:
        arn = self.outputs["requests-state-machine-arn"]
        pages = self.stack.client("stepfunctions").get_paginator("list_executions")
        return [
            each
            for page in pages.paginate(stateMachineArn=arn)
            for each in page["executions"]
            if each["name"] == f"execution-{request_id}"
        ]


@pytest.fixture
def pipeline(stack: LoadedStack) -> Iterator[Pipeline]:
    found = Pipeline(stack)
    yield found
    found.empty_queue()


def test_only_signed_calls_by_who_may_are_taken(pipeline: Pipeline) -> None:
    stack = pipeline.stack
    unsigned = stack.call("POST", "/", api=API, json={})
    assert (unsigned.status_code, unsigned.headers["Content-Type"]) == (403, "application/problem+json")
    assert unsigned.headers["Access-Control-Allow-Origin"] == "*"
    foreign = stack.caller(f"{pipeline.arn}/*/GET/")
    assert stack.signed("POST", "/", foreign, api=API, body="{}").status_code == 403
    role = stack.session(stack.role_of("get"))
    assert stack.signed("POST", "/", role, api=API, body="{}").status_code == 403
    assert pipeline.post({}).status_code == 200


def test_a_request_comes_to_one_object_one_row_and_one_execution(pipeline: Pipeline) -> None:
    answer = pipeline.post({"order": 1})
    assert answer.status_code == 200
    document = answer.json()
    assert set(document) == {"message", "request_id", "execution_arn"}
    identifier = str(UUID(document["request_id"]))
    assert json.loads(pipeline.stored(identifier)) == {"order": 1}
    row = pipeline.completed(identifier)
    assert row.pop("timestamp").endswith("Z")
    assert row == {
        "request_id": identifier,
        "s3_key": f"requests/{identifier}.json",
        "status": "completed",
        "step_function_execution_arn": document["execution_arn"],
    }
    eventually(lambda: pipeline.lines(message="completed", submission_id=identifier))  # the event came too
    (execution,) = pipeline.executions(identifier)
    assert (execution["executionArn"], execution["status"]) == (document["execution_arn"], "SUCCEEDED")


def test_an_idempotency_key_makes_a_repeated_post_the_same_request(pipeline: Pipeline) -> None:
    key = str(uuid4())
    first, again = (pipeline.post({"order": 2}, Idempotency_Key=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(pipeline.executions(first.json()["request_id"])) == 1
    other = pipeline.post({"order": 3}, Idempotency_Key=key)
    assert (other.status_code, other.headers["Content-Type"]) == (422, "application/problem+json")


def test_preflight_and_other_methods(pipeline: Pipeline) -> None:
    preflight = pipeline.stack.call("OPTIONS", "/", api=API, headers={"Origin": "https://a.example"})
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "POST"
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    other = pipeline.stack.call("PUT", "/", api=API, json={})
    assert (other.status_code, other.headers["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("action", ["dynamodb:PutItem", "states:StartExecution"])
def test_what_the_api_cannot_complete_the_objects_event_does(pipeline: Pipeline, action: str) -> None:
    with denied(pipeline.stack, action, "requests-receive"):
        answer = pipeline.post({"order": 4})
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert_no_internals(pipeline, answer)
    identifier = answer.json()["request_id"]
    assert pipeline.completed(identifier)["request_id"] == identifier
    assert len(pipeline.executions(identifier)) == 1


def assert_no_internals(pipeline: Pipeline, answer: requests.Response) -> None:
    names = [re.escape(pipeline.outputs[f"requests-{each}-name"]) for each in ("table", "bucket")]
    found = re.search("|".join(["AccessDenied", "dynamodb", "arn:aws", *names]), answer.text, re.IGNORECASE)
    assert not found


def test_what_cannot_be_stored_is_a_clean_error_and_leaves_nothing(pipeline: Pipeline) -> None:
    with denied(pipeline.stack, "s3:PutObject", "requests-receive"):
        answer = pipeline.post({"order": 5})
    assert answer.status_code == 503
    assert_no_internals(pipeline, answer)
    identifier = answer.json()["request_id"]
    assert not pipeline.row(identifier)
    assert not pipeline.executions(identifier)


def test_what_nobody_can_complete_waits_and_a_redrive_finishes_it(pipeline: Pipeline) -> None:
    with denied(pipeline.stack, "dynamodb:PutItem", "requests-receive", "requests-complete"):
        identifier = pipeline.post({"order": 6}).json()["request_id"]
        (letter,) = eventually(pipeline.dead_letters)
        assert identifier in letter
        assert not pipeline.row(identifier)
    assert pipeline.redrive() == Total(redriven=1, stay=0)
    pipeline.completed(identifier)
    assert len(pipeline.executions(identifier)) == 1


@pytest.mark.parametrize("name", ["receive", "complete"])
def test_a_role_can_do_what_is_granted_and_no_more(pipeline: Pipeline, name: str) -> None:
    stack, outputs = pipeline.stack, pipeline.outputs
    role = stack.resource("aws_iam_role", f"lambda-requests-{name}-")["arn"]
    bucket, key = outputs["requests-bucket-name"], f"requests/{uuid4()}"
    s3 = stack.client("s3", role_arn=role)
    assert is_denied(s3.put_object, Bucket=bucket, Key=key, Body=b"") is (name == "complete")
    assert is_denied(s3.put_object, Bucket=bucket, Key="elsewhere", Body=b"")
    assert is_denied(s3.delete_object, Bucket=bucket, Key=key)
    dynamodb = stack.client("dynamodb", role_arn=role)
    assert is_denied(dynamodb.scan, TableName=outputs["requests-table-name"])
    assert is_denied(dynamodb.put_item, TableName=outputs["dynamodb-table-name"], Item={"id": {"S": "x"}})
    states = stack.client("stepfunctions", role_arn=role)
    assert is_denied(states.list_executions, stateMachineArn=outputs["requests-state-machine-arn"])


def test_an_express_machine_has_one_effect(load_stack: LoadStack) -> None:
    stack = load_stack(
        ENVIRONMENT_SUFFIX="e2eexp", WORKLOADS="requests", REQUESTS_STATE_MACHINE_TYPE="EXPRESS"
    )
    pipeline = Pipeline(stack)
    with denied(stack, "states:StartExecution", "requests-receive"):
        late = pipeline.post({"order": 7}).json()["request_id"]
    at_once = pipeline.post({"order": 8})
    for identifier in (late, at_once.json()["request_id"]):
        pipeline.completed(identifier)
        assert ":trainr963-e2eexp-states-requests-express-dev:" in eventually(
            partial(_arn, pipeline, identifier)
        )


def _arn(pipeline: Pipeline, request_id: str) -> str | None:
    return pipeline.row(request_id).get("step_function_execution_arn")
