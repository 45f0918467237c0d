"""A request pipeline of a test's own: bucket, table, a real state machine, and both functions."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSPreparedRequest

from handlers.common import clients
from handlers.common.clients import Client
from handlers.requests import completion
from infra.workloads.requests import definition
from sandbox.server.process import Server
from tests.api_events import ApiResponse, FakeContext, api_event
from tests.integration.entry_points import import_entry_point
from tests.integration.fault_injection import reset_clients
from tests.waiting import eventually

CALLER = "arn:aws:iam::123456789012:user/anna"
EVENT_TIME = "2026-01-02T03:04:05.678Z"
BODY = '{"order": 7}'
MakePipeline = Callable[[str], "Pipeline"]
Record = dict[str, Any]


@dataclass(frozen=True)
class Pipeline:
    """Both functions in an environment that names what belongs to this test alone."""

    server: Server
    bucket: str
    table: str
    machine: str
    type: str
    receive: ModuleType
    complete: ModuleType

    def post(
        self,
        body: str | bytes | None = BODY,
        *,
        key: str | None = None,
        caller: str = CALLER,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
        context: FakeContext | None = None,
    ) -> ApiResponse:
        """Invoke `receive` as the gateway does; `request_id` is the gateway's."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if key is not None:
            sent["Idempotency-Key"] = key
        message = api_event("POST", "/", body=body, headers=sent, identity={"userArn": caller})
        if request_id is not None:
            message["requestContext"]["requestId"] = request_id
        answer = self.receive.handler(message, context or FakeContext())
        return ApiResponse(answer["statusCode"], answer["headers"], answer["body"])

    def put(self, request_id: str) -> Record:
        """Store a request by hand and return the record that S3 sends of it."""
        key = f"requests/{request_id}.json"
        client_of(self.server, "s3").put_object(Bucket=self.bucket, Key=key, Body=BODY)
        return self.record(key)

    def record(self, key: str) -> Record:
        return {
            "eventName": "ObjectCreated:Put",
            "eventTime": EVENT_TIME,
            "s3": {"bucket": {"name": self.bucket}, "object": {"key": key, "sequencer": "0A"}},
        }

    def records(self) -> list[Record]:
        """The records of everything that is stored."""
        return [self.record(key) for key in self.objects()]

    def deliver(self, *records: object) -> None:
        """Invoke `complete` with one event."""
        self.complete.handler({"Records": list(records)}, FakeContext(30_000))

    def redeliver(self) -> None:
        """Have S3's events come, each at twice the same time, and once more after that."""
        records = self.records()
        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(self.deliver, *records) for _ in range(2)]:
                each.result()
        self.deliver(*records)

    def objects(self, request_id: str = "") -> dict[str, bytes]:
        """What is stored, by key; of one request, or of all."""
        s3 = client_of(self.server, "s3")
        listed = s3.list_objects_v2(Bucket=self.bucket, Prefix=f"requests/{request_id}")
        keys = [each["Key"] for each in listed.get("Contents", [])]
        return {key: s3.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Have its executions fail."""
        client = client_of(self.server, "stepfunctions")
        fails = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail"}}}
        client.update_state_machine(stateMachineArn=self.machine, definition=json.dumps(fails))
        yield
        self.settled()
        client.update_state_machine(
            stateMachineArn=self.machine, definition=json.dumps(definition(self.table))
        )

    def rows(self) -> list[dict[str, str]]:
        items = client_of(self.server, "dynamodb").scan(TableName=self.table, ConsistentRead=True)["Items"]
        return [{name: value["S"] for name, value in item.items()} for item in items]

    def executions(self) -> list[dict[str, Any]]:
        client = client_of(self.server, "stepfunctions")
        found = client.list_executions(stateMachineArn=self.machine)["executions"]
        return [client.describe_execution(executionArn=each["executionArn"]) for each in found]

    def settled(self) -> list[dict[str, Any]]:
        """Wait for the executions to end, and return them."""

        def ended() -> tuple[list[dict[str, Any]]] | None:
            found = self.executions()
            return None if any(each["status"] == "RUNNING" for each in found) else (found,)

        return eventually(ended)[0]

    def effects(self) -> int:
        """How many executions changed a row."""
        client = client_of(self.server, "stepfunctions")
        arns = [each["executionArn"] for each in self.settled()]
        histories = [client.get_execution_history(executionArn=arn)["events"] for arn in arns]
        return sum(any(each["type"] == "TaskSucceeded" for each in history) for history in histories)


def assert_one_result(pipeline: Pipeline, request_id: str, timestamp: str) -> None:
    """Assert that a request, the only one, has one object, one row, and one execution or one effect."""
    key = f"requests/{request_id}.json"
    executions = pipeline.settled()
    arns = [each["executionArn"] for each in executions]
    assert pipeline.objects() == {key: BODY.encode()}
    (row,) = pipeline.rows()
    arn = row.pop("step_function_execution_arn")
    assert arn in arns
    assert row == {
        "request_id": request_id,
        "timestamp": timestamp,
        "s3_key": key,
        "status": "completed",
    }
    assert pipeline.effects() == 1
    if pipeline.type == "STANDARD":
        assert len(arns) == 1
        assert arn.endswith(f":execution-{request_id}")
    for each in executions:
        assert each["status"] == "SUCCEEDED"
        assert each["name"].startswith(f"execution-{request_id}")
        assert json.loads(each["input"]) == {"request_id": request_id, "s3_key": key}
    assert len({each["input"] for each in executions}) == 1


@cache
def client_of(server: Server, service: str) -> Client:
    """Return a client that asks the embedded AWS what there is, and is struck by nothing."""
    return server.client(service)


def make_pipeline(server: Server, patch: pytest.MonkeyPatch, type_: str) -> Pipeline:
    """Return one with nothing posted yet, in containers that have just started."""
    bucket, table = f"requests-{uuid4()}", f"requests-{uuid4()}"
    client_of(server, "s3").create_bucket(Bucket=bucket)
    client_of(server, "dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "request_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "request_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    machine = make_machine(server, table, type_)
    variables = {
        "BUCKET_NAME": bucket,
        "TABLE_NAME": table,
        "STATE_MACHINE_ARN": machine,
        "STATE_MACHINE_TYPE": type_,
        "LOG_LEVEL": "INFO",
        "CORS_ORIGINS": "*",
    }
    reset_clients(patch)
    set_clock(patch, EVENT_TIME)
    receive, complete = (
        import_entry_point(patch, server, f"handlers.requests.{entry}", "requests", variables)
        for entry in ("receive", "complete")
    )
    if type_ == "EXPRESS":
        client: Any = clients.stepfunctions()
        client.meta.events.register_first("before-send.sfn.StartExecution", as_express)
    return Pipeline(server, bucket, table, machine, type_, receive, complete)


def set_clock(patch: pytest.MonkeyPatch, moment: str, later: timedelta = timedelta()) -> None:
    """Have the clock by which rows are overdue stand still, so long after a moment."""
    patch.setattr(completion, "now", lambda: datetime.fromisoformat(moment) + later)


def make_machine(server: Server, table: str, type_: str) -> str:
    """Return the ARN of a state machine with the stack's definition."""
    trusted = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    }
    role = client_of(server, "iam").create_role(RoleName=table, AssumeRolePolicyDocument=json.dumps(trusted))
    made = client_of(server, "stepfunctions").create_state_machine(
        name=table,
        type=type_,
        roleArn=role["Role"]["Arn"],
        definition=json.dumps(definition(table)),
    )
    return str(made["stateMachineArn"])


def as_express(request: AWSPreparedRequest, **_: Any) -> None:  # noqa: ANN401 - botocore's form
    """Have each start be one of its own: on AWS no EXPRESS execution keeps another from having its name."""
    body: Any = request.body
    content = json.loads(body)
    content["name"] += f"-{uuid4().hex}"
    request.body = json.dumps(content).encode()
    request.headers["Content-Length"] = str(len(request.body))
