"""Fixtures for the integration tests: each test has tables, buckets and imported entry points of its own."""

import importlib
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox.server.process import Server
from tests.api_events import ApiClient
from tests.integration import fault_injection
from tests.integration.accounts import Account
from tests.integration.entry_points import EntryPoints, import_records
from tests.integration.file_pipeline import Files, make_files
from tests.integration.request_pipeline import MakePipeline, Pipeline, make_pipeline
from tests.integration.tables import create_table
from tests.integration.upload_processor import Uploads, make_uploads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "us-east-1"
METHODS = {"GET": "get", "POST": "post", "PUT": "put", "DELETE": "delete"}
MakeApi = Callable[..., ApiClient]


@dataclass(frozen=True)
class Resources:
    """Resources of the task API.

    Attributes:
        dynamodb: Client for the tables.
        table: Name of the table of tasks.
        records: Name of the table of idempotency records.
        key_arn: ARN of the key that signs cursors.
    """

    dynamodb: "DynamoDBClient"
    table: str
    records: str
    key_arn: str


@pytest.fixture(autouse=True)
def record_faults(monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]) -> None:
    """Record the faults that a test injects as its properties, for `make proof`."""
    monkeypatch.setattr(fault_injection, "record_property", record_property)


@pytest.fixture
def repeated_events(record_property: Callable[[str, object], None]) -> None:
    """Record that a test delivers events repeatedly or out of order, for `make proof`."""
    record_property("repeated events", "yes")


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
def resources(server: Server, dynamodb: "DynamoDBClient", key_arn: str) -> Resources:
    return Resources(dynamodb, create_table(server, "tasks"), create_table(server, "records"), key_arn)


@pytest.fixture
def make_api(server: Server, resources: Resources, monkeypatch: pytest.MonkeyPatch) -> MakeApi:
    """Return a function that imports the task API as Lambda does, with additional environment variables."""
    variables = {
        **server.environment(REGION),
        "DYNAMODB_TABLE": resources.table,
        "IDEMPOTENCY_TABLE": resources.records,
        "CURSOR_KEY_ARN": resources.key_arn,
        "REGION": REGION,
    }

    def make(**additional: str) -> ApiClient:
        for name, value in {**variables, **additional}.items():
            monkeypatch.setenv(name, value)
        logging.Logger.manager.loggerDict.pop("tasks", None)  # a new container has no loggers yet
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
    return lambda machine_type: make_pipeline(server, monkeypatch, machine_type)


@pytest.fixture
def pipeline(make_requests: MakePipeline) -> Pipeline:
    return make_requests("STANDARD")


@pytest.fixture
def table(server: Server) -> str:
    return create_table(server, "records")


@pytest.fixture
def entries(server: Server, table: str, monkeypatch: pytest.MonkeyPatch) -> EntryPoints:
    return import_records(monkeypatch, server, table)


def make_mac_key(server: Server) -> str:
    """Create a key that signs cursors, and return its ARN."""
    key = server.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    return str(key["KeyMetadata"]["Arn"])


def capture_tasks_log() -> io.StringIO:
    """Redirect the log of the API that was imported last to a stream, and return the stream."""
    stream = io.StringIO()
    handler = logging.getLogger("tasks").handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream
