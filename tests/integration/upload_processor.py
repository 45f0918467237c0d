"""A bucket for uploads, and the processor that reads it."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import pytest

from handlers.common.s3_events import EventError
from handlers.uploads.secret import Secret
from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import capture_log, import_entry_point, record_calls

PASSWORD = "h1dden-p4ssword"
NAMESPACE = "ServerlessApp/Lambda"


@dataclass
class Uploads:
    """A bucket and a secret of its own, and the processor in an environment that names them."""

    server: Server
    bucket: str
    secret_arn: str
    module: ModuleType
    now: float = 1e9
    metrics: list[dict[str, list[float]]] = field(default_factory=list)

    def put(self, key: str, content: bytes = b"content") -> dict[str, Any]:
        """Upload an object and return the record that S3 sends of it."""
        made = self.server.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)
        return self.record(key, made.get("VersionId"))

    def record(self, key: str, version: str | None = None, bucket: str | None = None) -> dict[str, Any]:
        about = {"key": quote_plus(key, safe="/"), "size": 999, "sequencer": "0"}
        if version:
            about["versionId"] = version
        return {
            "eventName": "ObjectCreated:Put",
            "eventTime": "2026-01-01T00:00:00.000Z",
            "s3": {"bucket": {"name": bucket or self.bucket}, "object": about},
        }

    def process(self, *records: object) -> dict[str, Any]:
        """Invoke the processor, and note its one call of CloudWatch."""
        with record_calls(self.module.cloudwatch) as calls:
            try:
                answer: dict[str, Any] = self.module.handler({"Records": list(records)}, FakeContext())
            finally:
                ((operation, sent),) = calls
                assert (operation, sent["Namespace"]) == ("PutMetricData", NAMESPACE)
                self.metrics.append({each["MetricName"]: each["Values"] for each in sent["MetricData"]})
        return answer


def make_uploads(server: Server, patch: pytest.MonkeyPatch) -> Uploads:
    """Return them with nothing uploaded yet; the clock of the secret's cache is `Uploads.now`."""
    bucket = f"files-{uuid4()}"
    server.client("s3").create_bucket(Bucket=bucket)
    arn = server.client("secretsmanager").create_secret(Name=bucket, SecretString=credentials(PASSWORD))[
        "ARN"
    ]
    variables = {"SECRET_ARN": arn, "BUCKET_NAME": bucket, "LOG_LEVEL": "INFO"}
    module = import_entry_point(patch, server, "handlers.uploads.processor", "uploads", variables)
    made = Uploads(server, bucket, arn, module)
    module.secret = Secret(module.secret._client, arn, lambda: made.now)  # type: ignore[attr-defined]
    return made


def credentials(password: str) -> str:
    return json.dumps({"username": "admin", "password": password})


def logged(uploads: Uploads, *records: object) -> list[dict[str, Any]]:
    """Process records that may fail, and return the lines of the log about them."""
    log = capture_log(uploads.module)
    with suppress(EventError):
        uploads.process(*records)
    assert PASSWORD not in log.getvalue()
    return [json.loads(line) for line in log.getvalue().splitlines()]


def done(n: int) -> dict[str, Any]:
    return {"message": "Every record is processed.", "processedRecords": n}
