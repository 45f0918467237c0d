"""U2 to U5: uploads that S3's events announce, and those whose processing fails."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from assurance.loaded_stack import LoadedStack
from operations.redrive import Total
from tests.e2e.events import Events
from tests.e2e.test_iam import is_denied
from tests.s3_events import s3_record
from tests.waiting import eventually

NAMESPACE = "ServerlessApp/Lambda"


@pytest.fixture
def uploads(stack: LoadedStack) -> Iterator["Uploads"]:
    uploads = Uploads(stack)
    yield uploads
    uploads.empty_queue()


class Uploads(Events):
    """The bucket of uploads, and the function that processes its events."""

    def __init__(self, stack: LoadedStack) -> None:
        super().__init__(stack, "uploads-function-arn", "uploads-dead-letters-url")
        self.stack = stack
        self.s3 = stack.client("s3")
        self.bucket = stack.loaded.outputs["uploads-bucket-name"]

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    @contextmanager
    def unreadable(self, key: str) -> Iterator[None]:
        """Deny everybody to read an object."""
        original = self.s3.get_bucket_policy(Bucket=self.bucket)["Policy"]
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject*",
            "Resource": f"arn:aws:s3:::{self.bucket}/{key}",
        }
        policy = json.loads(original)
        policy["Statement"].append(statement)
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))
        try:
            yield
        finally:
            self.s3.put_bucket_policy(Bucket=self.bucket, Policy=original)


@pytest.mark.parametrize(
    "name",
    ["plain.txt", "two words.txt", "a+b.txt", "100%.txt", "%41.txt", "Übung/漢字 🚀.txt", "a'b\"c&d=e.txt"],
)
def test_keys_are_decoded(uploads: Uploads, name: str) -> None:
    key = f"uploads/{uuid4()}/{name}"
    uploads.put(key, b"12345")
    (line,) = eventually(lambda: uploads.lines(message="file processed", key=key))
    assert line["bytes"] == 5


def test_files_under_other_prefixes_are_not_processed(uploads: Uploads) -> None:
    other_key, key = f"other/{uuid4()}", f"uploads/{uuid4()}"
    uploads.put(other_key, b"x")
    uploads.put(key, b"x")
    eventually(lambda: uploads.lines(key=key))
    assert not uploads.lines(key=other_key)


def test_metrics_are_published_in_the_namespace(uploads: Uploads) -> None:
    key = f"uploads/{uuid4()}"
    uploads.put(key, b"x" * 1000)
    eventually(lambda: uploads.lines(key=key))
    now = datetime.now(UTC)

    def total(metric: str) -> float:
        points = uploads.stack.client("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=5),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    assert eventually(lambda: total("ProcessedFileSize")) >= 1000
    assert total("InvocationCount") >= 1


def test_file_that_fails_three_times_is_one_dead_letter_and_redrive_processes_it(uploads: Uploads) -> None:
    key = f"uploads/{uuid4()}/locked.txt"
    with uploads.unreadable(key):
        uploads.put(key, b"12345")
        (dead_letter,) = eventually(uploads.dead_letters)
    assert key in dead_letter
    failures = [line for line in uploads.lines(message="record failed") if key in json.dumps(line)]
    assert len(failures) == 3
    assert not uploads.lines(message="file processed", key=key)

    assert uploads.redrive() == Total(redriven=1, failed=0)
    eventually(lambda: uploads.lines(message="file processed", key=key))
    assert not uploads.dead_letters()


def test_failure_of_a_file_does_not_affect_others_in_the_event(uploads: Uploads) -> None:
    readable, missing = f"uploads/{uuid4()}/good", f"uploads/{uuid4()}/none"
    uploads.put(readable, b"x")
    eventually(lambda: uploads.lines(message="file processed", key=readable))
    records = [s3_record(uploads.bucket, key) for key in (missing, readable)]
    response = uploads.stack.client("lambda").invoke(
        FunctionName=uploads.function, Payload=json.dumps({"Records": records})
    )
    assert "FunctionError" in response
    assert len(uploads.lines(message="file processed", key=readable)) == 2


def test_secret_has_the_configured_format_and_is_not_logged(uploads: Uploads) -> None:
    """U3."""
    arn = uploads.stack.loaded.outputs["uploads-secret-arn"]
    value = json.loads(uploads.stack.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert value["username"] == "admin"
    assert len(value["password"]) == 32
    assert not set(value["password"]) & set(" %+~`#$&*()\\|[]{}:;<>?!'/\"")
    key = f"uploads/{uuid4()}"
    uploads.put(key, b"x")
    eventually(lambda: uploads.lines(key=key))
    assert value["password"] not in json.dumps(uploads.lines())
    assert value["password"] not in repr(uploads.stack.loaded)


def test_role_is_limited_to_its_bucket_secret_and_namespace(uploads: Uploads) -> None:
    """U4."""
    stack, other_bucket = uploads.stack, uploads.stack.loaded.outputs["s3-bucket-name"]
    (role,) = (
        attributes["arn"]
        for address, attributes in stack.loaded.attributes.items()
        if address.startswith("aws_iam_role.uploads_")
    )
    s3 = stack.client("s3", role_arn=role)
    put = stack.client("cloudwatch", role_arn=role).put_metric_data
    secrets = stack.client("secretsmanager", role_arn=role)
    data = [{"MetricName": "x", "Value": 1.0}]
    key = f"uploads/{uuid4()}"
    uploads.put(key, b"x")
    assert not is_denied(lambda: s3.get_object(Bucket=uploads.bucket, Key=key))
    assert not is_denied(lambda: put(Namespace=NAMESPACE, MetricData=data))
    assert is_denied(lambda: put(Namespace="Other", MetricData=data))
    assert is_denied(lambda: s3.get_object(Bucket=uploads.bucket, Key="elsewhere"))
    assert is_denied(lambda: s3.get_object(Bucket=other_bucket, Key="tasks.zip"))
    assert is_denied(lambda: s3.put_object(Bucket=uploads.bucket, Key=key, Body=b""))
    assert is_denied(lambda: s3.delete_object(Bucket=uploads.bucket, Key=key))
    arn = stack.loaded.outputs["uploads-secret-arn"]
    other_secret = stack.client("secretsmanager").create_secret(Name=str(uuid4()), SecretString="{}")["ARN"]
    assert not is_denied(lambda: secrets.get_secret_value(SecretId=arn))
    assert is_denied(lambda: secrets.get_secret_value(SecretId=other_secret))
    assert is_denied(secrets.list_secrets)
    assert is_denied(lambda: secrets.put_secret_value(SecretId="x", SecretString="x"))
