"""The files workload in this process: a bucket, a table, the API and the processing functions."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest

from handlers.files.pipeline import file_id
from handlers.files.store import FileTable, Row
from sandbox.server.process import Server
from tests.api_events import ApiResponse, FakeContext, api_event
from tests.integration.entry_points import EntryPoints, import_entry_point
from tests.integration.tables import create_table
from tests.s3_events import s3_record
from tests.waiting import BOUND_SECONDS

ENTRIES = ("api", "image", "document", "data")
FUNCTION_BY_SUFFIX = {
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
    """The files workload of one test.

    Attributes:
        server: The embedded AWS.
        bucket: Name of the bucket.
        table: Name of the table.
        entries: Entry points by function.
        sequence: Numbers of the events, which make their sequencers.
    """

    server: Server
    bucket: str
    table: str
    entries: EntryPoints
    sequence: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, key: str, content: bytes) -> dict[str, Any]:
        """Put an object and return its event record."""
        put = self.server.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)
        return self.record(key, put["VersionId"])

    def record(self, key: str, version: str) -> dict[str, Any]:
        """Return an event record that is newer than all records before it."""
        number = next(self.sequence)
        time = f"2026-01-01T00:00:00.{number:03}Z"
        return s3_record(self.bucket, key, version=version, sequencer=f"{number:016X}", time=time)

    def process(self, *records: Mapping[str, Any], context: FakeContext | None = None) -> None:
        """Invoke the function for the suffix of the first record."""
        suffix = PurePosixPath(records[0]["s3"]["object"]["key"]).suffix.lower()
        entry = self.entries[FUNCTION_BY_SUFFIX[suffix]]
        entry.handler({"Records": list(records)}, context or FakeContext(300_000))

    def delete(self, key: str) -> None:
        self.server.client("s3").delete_object(Bucket=self.bucket, Key=key)

    def row(self, key: str) -> Row:
        """Return the row of an object, which must exist."""
        row = FileTable(self.server.client("dynamodb"), self.table).get(file_id(key))
        assert row
        return row

    def send(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        api_key: str | None = API_KEY,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> ApiResponse:
        """Invoke the API's function with a request; the API key is in the identity, as on AWS."""
        event = api_event(
            method,
            path,
            body=json.dumps(document) if document is not None else body,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        below_files = path.partition("?")[0].removeprefix("/files").removeprefix("/")
        identifier, slash, rest = below_files.partition("/")
        if identifier:
            event["pathParameters"] = {"id": identifier}
            event["resource"] = f"/files/{{id}}{slash}{rest}"
        event["requestContext"]["identity"] = {"apiKey": api_key}
        return ApiResponse.of(self.entries["api"].handler(event, FakeContext()))

    def create(self, name: str = "a.csv", content_type: str = "text/csv") -> dict[str, Any]:
        """Create a file by the API and return the response's document."""
        response = self.send("POST", "/files", {"name": name, "content_type": content_type})
        assert response.status == 201
        document: dict[str, Any] = response.json
        return document

    def upload(self, form: Mapping[str, Any], content: bytes, **fields: str) -> requests.Response:
        """Submit a form as a browser does, with changed values of some fields."""
        return requests.post(
            form["url"],
            data={**form["fields"], **fields},
            files={"file": ("name", content)},
            verify=str(self.server.ca_bundle),
            timeout=BOUND_SECONDS,
        )

    def newest_record(self, key: str) -> dict[str, Any]:
        """Return an event record of an object's newest version."""
        version = self.server.client("s3").head_object(Bucket=self.bucket, Key=key)["VersionId"]
        return self.record(key, version)


def make_files(server: Server, patch: pytest.MonkeyPatch, **variables: str) -> Files:
    """Return the workload with an empty bucket and table, and additional environment variables."""
    bucket, table = f"files-{uuid4()}", create_table(server, "files")
    s3 = server.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    environment = {
        "BUCKET_NAME": bucket,
        "TABLE_NAME": table,
        "LOG_LEVEL": "INFO",
        "SUMMARY_MODEL": "",
        **variables,
    }
    entries = {
        name: import_entry_point(patch, server, f"handlers.files.{name}", "files", environment)
        for name in ENTRIES
    }
    return Files(server, bucket, table, entries)


def csv(rows: int) -> bytes:
    return b"a,b\n" + b"1,2\n" * rows


def row_count(files: Files, key: str = KEY) -> int:
    """Return the number of CSV rows of a completed file. Its row has no attribute of an older version."""
    row = files.row(key)
    assert (row["status"], row.get("error"), row["key"]) == ("completed", None, key)
    assert row["finished_at"] >= row["started_at"]
    rows: int = row["result"]["rows"]
    assert row["size"] == len(csv(rows))
    return rows


@contextmanager
def before_call(
    client: Any,  # noqa: ANN401 - a botocore client
    operation: str,
    action: Callable[[], object],
) -> Iterator[None]:
    """Run `action` right before the first call of an operation."""
    pending = [action]

    def act(request: AWSPreparedRequest, **_: object) -> None:  # noqa: ARG001 - botocore passes it
        if pending:
            pending.pop()()

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, act)
    yield
    client.meta.events.unregister(event, act)
    assert not pending


def data_pipeline(files: Files) -> Any:  # noqa: ANN401 - tests use its private clients
    return files.entries["data"].pipeline
