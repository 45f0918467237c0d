"""The uploads workload in this process: a bucket, a secret and the processor."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from handlers.common.s3_events import EventError
from handlers.uploads.secret import Secret
from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import capture_log, import_entry_point, record_calls
from tests.s3_events import s3_record

PASSWORD = "h1dden-p4ssword"
NAMESPACE = "ServerlessApp/Lambda"


@dataclass
class Uploads:
    """The uploads workload of one test.

    Attributes:
        server: The embedded AWS.
        bucket: Name of the bucket.
        secret_arn: ARN of the secret.
        module: Entry point of the processor.
        now: Time of the secret's cache, in seconds.
        metrics: Values of the metrics that each invocation published, by name.
    """

    server: Server
    bucket: str
    secret_arn: str
    module: ModuleType
    now: float = 1e9
    metrics: list[dict[str, list[float]]] = field(default_factory=list)

    def put(self, key: str, content: bytes = b"content") -> dict[str, Any]:
        """Upload an object and return its event record."""
        put = self.server.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)
        return self.record(key, put.get("VersionId"))

    def record(self, key: str, version: str | None = None, bucket: str | None = None) -> dict[str, Any]:
        """Return an event record; its size is wrong, because the processor must not rely on it."""
        record = s3_record(bucket or self.bucket, key, version=version)
        record["s3"]["object"]["size"] = 999
        return record

    def process(self, *records: object) -> dict[str, Any]:
        """Invoke the processor, and collect the metrics of its one call to CloudWatch."""
        with record_calls(self.module.cloudwatch) as calls:
            try:
                result: dict[str, Any] = self.module.handler({"Records": list(records)}, FakeContext())
            finally:
                ((operation, parameters),) = calls
                assert (operation, parameters["Namespace"]) == ("PutMetricData", NAMESPACE)
                self.metrics.append(
                    {datum["MetricName"]: datum["Values"] for datum in parameters["MetricData"]}
                )
        return result


def make_uploads(server: Server, patch: pytest.MonkeyPatch) -> Uploads:
    """Return the workload with an empty bucket; the clock of the secret's cache is `Uploads.now`."""
    bucket = f"files-{uuid4()}"
    server.client("s3").create_bucket(Bucket=bucket)
    arn = server.client("secretsmanager").create_secret(Name=bucket, SecretString=credentials(PASSWORD))[
        "ARN"
    ]
    variables = {"SECRET_ARN": arn, "BUCKET_NAME": bucket, "LOG_LEVEL": "INFO"}
    module = import_entry_point(patch, server, "handlers.uploads.processor", "uploads", variables)
    uploads = Uploads(server, bucket, arn, module)
    module.secret = Secret(module.secret._client, arn, lambda: uploads.now)  # type: ignore[attr-defined]
    return uploads


def credentials(password: str) -> str:
    return json.dumps({"username": "admin", "password": password})


def log_lines(uploads: Uploads, *records: object) -> list[dict[str, Any]]:
    """Process records, which may fail, and return the lines that are logged."""
    log = capture_log(uploads.module)
    with suppress(EventError):
        uploads.process(*records)
    assert PASSWORD not in log.getvalue()
    return [json.loads(line) for line in log.getvalue().splitlines()]


def done(n: int) -> dict[str, Any]:
    return {"message": "Every record is processed.", "processedRecords": n}
