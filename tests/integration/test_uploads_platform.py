"""The secret and the metrics of the upload processor (U3-U5)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from handlers.common.s3_events import EventError
from handlers.uploads.secret import LIFETIME_SECONDS, SecretError
from tests.api_events import FakeContext
from tests.integration.entry_points import capture_log, record_calls
from tests.integration.upload_processor import NAMESPACE, PASSWORD, Uploads, credentials, done, log_lines


def test_secret_is_cached_and_read_again_after_rotation(uploads: Uploads) -> None:
    manager = uploads.server.client("secretsmanager")
    record = uploads.put("uploads/a")
    with record_calls(uploads.module.secret._client) as calls:
        uploads.process(record)
        manager.put_secret_value(SecretId=uploads.secret_arn, SecretString=credentials("r0tated"))
        uploads.now += LIFETIME_SECONDS - 1
        uploads.process(record)
        assert len(calls) == 1
        assert uploads.module.secret.credentials().password == PASSWORD
        uploads.now += 1
        uploads.process(record)
        assert uploads.module.secret.credentials().password == "r0tated"
    assert calls == [("GetSecretValue", {"SecretId": uploads.secret_arn})] * 2


@pytest.mark.parametrize("content", ["", "{", '{"username": "admin"}', None])
def test_nothing_is_processed_without_a_valid_secret(uploads: Uploads, content: str | None) -> None:
    manager = uploads.server.client("secretsmanager")
    if content is None:
        manager.delete_secret(SecretId=uploads.secret_arn, ForceDeleteWithoutRecovery=True)
    else:
        manager.put_secret_value(SecretId=uploads.secret_arn, SecretString=content or " ")
    with pytest.raises(SecretError, match="the secret "):
        uploads.process(uploads.put("uploads/a"))
    assert uploads.metrics == [{"InvocationCount": [1], "ProcessingErrors": [0], "LambdaErrors": [1]}]


def test_failed_metrics_do_not_fail_the_invocation(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://example.com")

    record = uploads.put("uploads/a")
    monkeypatch.setattr(
        uploads.module, "cloudwatch", type("C", (), {"put_metric_data": staticmethod(refuse)})
    )
    log = capture_log(uploads.module)
    assert uploads.module.handler({"Records": [record]}, FakeContext()) == done(1)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["file processed", "metrics not published"]
    with pytest.raises(EventError, match="no list of Records"):
        uploads.module.handler({}, FakeContext())


def test_metrics_arrive_in_cloudwatch(uploads: Uploads) -> None:
    def totals() -> dict[str, float]:
        now = datetime.now(UTC)
        return {
            name: sum(
                point["Sum"]
                for point in uploads.server.client("cloudwatch").get_metric_statistics(
                    Namespace=NAMESPACE,
                    MetricName=name,
                    StartTime=now - timedelta(hours=1),
                    EndTime=now + timedelta(minutes=5),
                    Period=60,
                    Statistics=["Sum"],
                    Unit="Bytes" if name == "ProcessedFileSize" else "Count",
                )["Datapoints"]
            )
            for name in ("InvocationCount", "ProcessedFileSize", "ProcessingErrors", "LambdaErrors")
        }

    before = totals()
    log_lines(uploads, uploads.put("uploads/a", b"12345"), uploads.put("uploads/b", b"12"), None)
    after = totals()
    assert {name: after[name] - before[name] for name in after} == {
        "InvocationCount": 1,
        "ProcessedFileSize": 7,
        "ProcessingErrors": 1,
        "LambdaErrors": 1,
    }


def test_invocation_makes_three_calls(uploads: Uploads) -> None:
    module = uploads.module
    record = uploads.put("uploads/a")
    with record_calls(module.s3, module.cloudwatch, module.secret._client) as calls:
        module.handler({"Records": [record]}, FakeContext())
    assert [operation for operation, _ in calls] == ["GetSecretValue", "GetObject", "PutMetricData"]
