"""Tables of its own for each test, and the entry points as Lambda would import them."""

import importlib
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from sandbox.server.process import Server
from tests.api_events import ApiClient
from tests.integration.accounts import Account
from tests.integration.entry_points import EntryPoints, import_entry_point
from tests.integration.file_pipeline import Files, make_files
from tests.integration.request_pipeline import MakePipeline, Pipeline, make_pipeline
from tests.integration.upload_processor import Uploads, make_uploads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "us-east-1"
METHODS = {"GET": "get", "POST": "post", "PUT": "put", "DELETE": "delete"}
MakeApi = Callable[..., ApiClient]


@dataclass(frozen=True)
class Resources:
    """What a test has to itself."""

    dynamodb: "DynamoDBClient"
    table: str
    records: str
    key_arn: str


@pytest.fixture
def account(server: Server) -> Account:
    return Account.new(server)


@pytest.fixture(scope="session")
def key_arn(server: Server) -> str:
    return make_mac_key(server)


@pytest.fixture(scope="session")
def dynamodb(server: Server) -> "DynamoDBClient":
    client: DynamoDBClient = server.client("dynamodb")
    return client


@pytest.fixture
def resources(dynamodb: "DynamoDBClient", key_arn: str) -> Resources:
    table, records = f"tasks-{uuid4()}", f"records-{uuid4()}"
    for name in (table, records):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return Resources(dynamodb, table, records, key_arn)


@pytest.fixture
def make_api(server: Server, resources: Resources, monkeypatch: pytest.MonkeyPatch) -> MakeApi:
    """Import the entry points as Lambda would, with the stack's variables and those given."""
    variables = {
        **server.environment(REGION),
        "DYNAMODB_TABLE": resources.table,
        "IDEMPOTENCY_TABLE": resources.records,
        "CURSOR_KEY_ARN": resources.key_arn,
        "REGION": REGION,
    }

    def make(**more: str) -> ApiClient:
        for name, value in {**variables, **more}.items():
            monkeypatch.setenv(name, value)
        logging.Logger.manager.loggerDict.pop("tasks", None)  # a new container has none
        return ApiClient(
            {
                method: importlib.reload(importlib.import_module(f"handlers.tasks.{name}"))
                for method, name in METHODS.items()
            }
        )

    return make


@pytest.fixture
def api(make_api: MakeApi) -> ApiClient:
    return make_api()


@pytest.fixture
def uploads(server: Server, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    return make_uploads(server, monkeypatch)


@pytest.fixture
def files(server: Server, monkeypatch: pytest.MonkeyPatch) -> Files:
    return make_files(server, monkeypatch)


@pytest.fixture
def make_requests(server: Server, monkeypatch: pytest.MonkeyPatch) -> MakePipeline:
    return lambda type_: make_pipeline(server, monkeypatch, type_)


@pytest.fixture
def pipeline(make_requests: MakePipeline) -> Pipeline:
    return make_requests("STANDARD")


@pytest.fixture
def table(server: Server) -> str:
    name = f"records-{uuid4()}"
    server.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    return name


@pytest.fixture
def entries(server: Server, table: str, monkeypatch: pytest.MonkeyPatch) -> EntryPoints:
    variables = {"DYNAMODB_TABLE_NAME": table, "LOG_LEVEL": "INFO"}
    return {
        name: import_entry_point(monkeypatch, server, f"handlers.records.{name}", "records", variables)
        for name in ("writer", "reader")
    }


def make_mac_key(server: Server) -> str:
    """Return the ARN of a new key for cursors."""
    made = server.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    return str(made["KeyMetadata"]["Arn"])


def log_of_tasks() -> io.StringIO:
    """Return where the log of the API last made goes from now on."""
    stream = io.StringIO()
    handler = logging.getLogger("tasks").handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream
