"""A bucket and a table for files, the API before them and the functions behind them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest

from handlers.files.pipeline import file_id
from handlers.files.store import FileTable, Row
from sandbox.server.process import Server
from tests.api_events import ApiResponse, FakeContext, api_event
from tests.integration.entry_points import EntryPoints, import_entry_point
from tests.waiting import BOUND_SECONDS

ENTRIES = ("api", "image", "document", "data")
BY_SUFFIX = {
    ".jpg": "image",
    ".jpeg": "image",
    ".png": "image",
    ".pdf": "document",
    ".txt": "document",
    ".csv": "data",
    ".json": "data",
}
API_KEY = "k3y-0f-the-cl1ent"
KEY = "data.csv"
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0"


@dataclass
class Files:
    """What a test has to itself."""

    server: Server
    bucket: str
    table: str
    entries: EntryPoints
    sequence: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, key: str, content: bytes) -> dict[str, Any]:
        """Put an object and return the record that S3 sends of it."""
        made = self.server.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)
        return self.record(key, made["VersionId"])

    def record(self, key: str, version: str) -> dict[str, Any]:
        """Return a record that is newer than those before it."""
        number = next(self.sequence)
        about = {"key": quote_plus(key), "versionId": version, "sequencer": f"{number:016X}"}
        time = f"2026-01-01T00:00:00.{number:03}Z"
        return {"eventTime": time, "s3": {"bucket": {"name": self.bucket}, "object": about}}

    def process(self, *records: Mapping[str, Any], context: FakeContext | None = None) -> None:
        """Invoke the function that the first one's suffix calls for."""
        suffix = PurePosixPath(records[0]["s3"]["object"]["key"]).suffix.lower()
        self.entries[BY_SUFFIX[suffix]].handler({"Records": list(records)}, context or FakeContext(300_000))

    def delete(self, key: str) -> None:
        self.server.client("s3").delete_object(Bucket=self.bucket, Key=key)

    def row(self, key: str) -> Row:
        """Return the row of an object, which has one."""
        row = FileTable(self.server.client("dynamodb"), self.table).get(file_id(key))
        assert row
        return row

    def ask(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        api_key: str | None = API_KEY,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> ApiResponse:
        """Send a request to the API as the gateway hands it over, with the key where AWS has it."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        message = api_event(
            method, path, body=json.dumps(document) if document is not None else body, headers=sent
        )
        below_files = path.partition("?")[0].removeprefix("/files").removeprefix("/")
        identifier, slash, rest = below_files.partition("/")
        if identifier:
            message["pathParameters"] = {"id": identifier}
            message["resource"] = f"/files/{{id}}{slash}{rest}"
        message["requestContext"]["identity"] = {"apiKey": api_key}
        answer = self.entries["api"].handler(message, FakeContext())
        json.dumps(answer).encode()  # what Lambda does with it
        return ApiResponse(answer["statusCode"], answer["headers"], answer["body"])

    def made(self, name: str = "a.csv", content_type: str = "text/csv") -> dict[str, Any]:
        """Ask for an upload and return the answer's document."""
        answer = self.ask("POST", "/files", {"name": name, "content_type": content_type})
        assert answer.status == 201
        document: dict[str, Any] = answer.json
        return document

    def upload(self, form: Mapping[str, Any], content: bytes, **fields: str) -> requests.Response:
        """Send a form as a browser would, with other values for some fields."""
        return requests.post(
            form["url"],
            data={**form["fields"], **fields},
            files={"file": ("name", content)},
            verify=str(self.server.ca_bundle),
            timeout=BOUND_SECONDS,
        )

    def newest(self, key: str) -> dict[str, Any]:
        """Return the record that S3 sends of the newest version."""
        version = self.server.client("s3").head_object(Bucket=self.bucket, Key=key)["VersionId"]
        return self.record(key, version)


def make_files(server: Server, patch: pytest.MonkeyPatch, **variables: str) -> Files:
    """Return them with nothing uploaded yet."""
    bucket, table = f"files-{uuid4()}", f"files-{uuid4()}"
    s3 = server.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    server.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    given = {
        "BUCKET_NAME": bucket,
        "TABLE_NAME": table,
        "LOG_LEVEL": "INFO",
        "SUMMARY_MODEL": "",
        **variables,
    }
    entries = {
        each: import_entry_point(patch, server, f"handlers.files.{each}", "files", given) for each in ENTRIES
    }
    return Files(server, bucket, table, entries)


def csv(rows: int) -> bytes:
    return b"a,b\n" + b"1,2\n" * rows


def rows_of(files: Files, key: str = KEY) -> int:
    """Return how many rows were found, once the row is closed and has nothing of what was before."""
    row = files.row(key)
    assert (row["status"], row.get("error"), row["key"]) == ("completed", None, key)
    assert row["finished_at"] >= row["started_at"]
    rows: int = row["result"]["rows"]
    assert row["size"] == len(csv(rows))
    return rows


@contextmanager
def before(client: Any, operation: str, action: Callable[[], object]) -> Iterator[None]:  # noqa: ANN401 - botocore's
    """Do something right before the first call of an operation."""
    pending = [action]

    def act(request: AWSPreparedRequest, **_: object) -> None:  # noqa: ARG001 - botocore gives it
        if pending:
            pending.pop()()

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, act)
    yield
    client.meta.events.unregister(event, act)
    assert not pending


def pipeline_of(files: Files) -> Any:  # noqa: ANN401 - its clients are private
    return files.entries["data"].pipeline
