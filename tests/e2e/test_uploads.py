"""U2 to U5: uploads through S3's own events, and what becomes of those that fail."""

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
from tests.waiting import eventually

NAMESPACE = "ServerlessApp/Lambda"


@pytest.fixture
def uploads(stack: LoadedStack) -> Iterator["Uploads"]:
    found = Uploads(stack)
    yield found
    found.empty_queue()


class Uploads(Events):
    """The bucket, and what becomes of its events."""

    def __init__(self, stack: LoadedStack) -> None:
        super().__init__(stack, "uploads-function-arn", "uploads-dead-letters-url")
        self.stack = stack
        self.s3 = stack.client("s3")
        self.bucket = stack.loaded.outputs["uploads-bucket-name"]

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    @contextmanager
    def unreadable(self, key: str) -> Iterator[None]:
        """Deny everybody to read this object."""
        before = self.s3.get_bucket_policy(Bucket=self.bucket)["Policy"]
        denial = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject*",
            "Resource": f"arn:aws:s3:::{self.bucket}/{key}",
        }
        policy = json.loads(before)
        policy["Statement"].append(denial)
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))
        try:
            yield
        finally:
            self.s3.put_bucket_policy(Bucket=self.bucket, Policy=before)


@pytest.mark.parametrize(
    "name",
    ["plain.txt", "two words.txt", "a+b.txt", "100%.txt", "%41.txt", "Übung/漢字 🚀.txt", "a'b\"c&d=e.txt"],
)
def test_keys_are_read_right(uploads: Uploads, name: str) -> None:
    key = f"uploads/{uuid4()}/{name}"
    uploads.put(key, b"12345")
    (line,) = eventually(lambda: uploads.lines(message="file processed", key=key))
    assert line["bytes"] == 5


def test_what_is_stored_elsewhere_is_left_alone(uploads: Uploads) -> None:
    other, ours = f"other/{uuid4()}", f"uploads/{uuid4()}"
    uploads.put(other, b"x")
    uploads.put(ours, b"x")
    eventually(lambda: uploads.lines(key=ours))
    assert not uploads.lines(key=other)


def test_metrics_are_in_the_namespace(uploads: Uploads) -> None:
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


def test_a_file_that_fails_three_times_is_kept_once_and_a_redrive_processes_it(uploads: Uploads) -> None:
    key = f"uploads/{uuid4()}/locked.txt"
    with uploads.unreadable(key):
        uploads.put(key, b"12345")
        (letter,) = eventually(uploads.dead_letters)
    assert key in letter
    failures = [line for line in uploads.lines(message="record failed") if key in json.dumps(line)]
    assert len(failures) == 3
    assert not uploads.lines(message="file processed", key=key)

    assert uploads.redrive() == Total(redriven=1, stay=0)
    eventually(lambda: uploads.lines(message="file processed", key=key))
    assert not uploads.dead_letters()


def test_the_other_files_of_an_event_are_processed(uploads: Uploads) -> None:
    good, bad = f"uploads/{uuid4()}/good", f"uploads/{uuid4()}/none"
    uploads.put(good, b"x")
    eventually(lambda: uploads.lines(message="file processed", key=good))
    record = {"eventName": "ObjectCreated:Put", "eventTime": "2026-01-01T00:00:00.000Z"}
    records = [
        {**record, "s3": {"bucket": {"name": uploads.bucket}, "object": {"key": key, "sequencer": "0"}}}
        for key in (bad, good)
    ]
    answer = uploads.stack.client("lambda").invoke(
        FunctionName=uploads.function, Payload=json.dumps({"Records": records})
    )
    assert "FunctionError" in answer
    assert len(uploads.lines(message="file processed", key=good)) == 2


def test_the_secret_is_what_was_asked_for_and_in_no_log(uploads: Uploads) -> None:
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


def test_the_role_is_held_to_its_bucket_secret_and_namespace(uploads: Uploads) -> None:
    """U4."""
    stack, other = uploads.stack, uploads.stack.loaded.outputs["s3-bucket-name"]
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
    assert is_denied(lambda: s3.get_object(Bucket=other, Key="tasks.zip"))
    assert is_denied(lambda: s3.put_object(Bucket=uploads.bucket, Key=key, Body=b""))
    assert is_denied(lambda: s3.delete_object(Bucket=uploads.bucket, Key=key))
    arn = stack.loaded.outputs["uploads-secret-arn"]
    foreign = stack.client("secretsmanager").create_secret(Name=str(uuid4()), SecretString="{}")["ARN"]
    assert not is_denied(lambda: secrets.get_secret_value(SecretId=arn))
    assert is_denied(lambda: secrets.get_secret_value(SecretId=foreign))
    assert is_denied(secrets.list_secrets)
    assert is_denied(lambda: secrets.put_secret_value(SecretId="x", SecretString="x"))
