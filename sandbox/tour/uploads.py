"""The bucket whose uploads are processed, as whoever stores files sees it."""

import json
from collections.abc import Callable
from typing import Any

from operations.redrive import redrive
from sandbox.tour.guide import Guide, TourError

NAMESPACE = "ServerlessApp/Lambda"
PROCESSOR = "handlers.uploads.processor.handler"
AWKWARD = "uploads/Übung 100% + more.txt"
LOCKED = "uploads/locked.txt"


def show(guide: Guide) -> None:
    """Upload a file with an awkward name; then one that cannot be read, until a redrive mends that."""
    guide.title("Uploads, through S3's events and Lambda")
    s3, bucket = guide.client("s3"), guide.outputs["uploads-bucket-name"]
    guide.done("PutObject", lambda: s3.put_object(Bucket=bucket, Key=AWKWARD, Body=b"12345"), note=AWKWARD)
    guide.found("log line of the file", lambda: _processed(guide, AWKWARD))
    guide.found("metric ProcessedFileSize", lambda: guide.metric_sum(NAMESPACE, "ProcessedFileSize"))

    lock, unlock = _lock(guide, bucket)
    lock()
    guide.done(
        "PutObject",
        lambda: s3.put_object(Bucket=bucket, Key=LOCKED, Body=b"1"),
        note=f"{LOCKED}: a policy denies reading it",
    )
    guide.found("dead letters, after 3 attempts", lambda: _dead_letters(guide))
    unlock()
    _redrive(guide)
    guide.found("log line of the file", lambda: _processed(guide, LOCKED))


def _processed(guide: Guide, key: str) -> str | None:
    lines = (line for line in guide.log_lines(PROCESSOR) if line.get("key") == key)
    return next((f"{line['message']}: {key}, {line['bytes']} bytes" for line in lines), None)


def _lock(guide: Guide, bucket: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What denies everybody to read ``LOCKED``, and what takes that back."""
    s3 = guide.client("s3")
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    policy = json.loads(before)
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject*",
            "Resource": f"arn:aws:s3:::{bucket}/{LOCKED}",
        }
    )
    return (
        lambda: s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy)),
        lambda: s3.put_bucket_policy(Bucket=bucket, Policy=before),
    )


def _dead_letters(guide: Guide) -> str | None:
    attributes = guide.client("sqs").get_queue_attributes(
        QueueUrl=guide.outputs["uploads-dead-letters-url"], AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    waiting = int(attributes["ApproximateNumberOfMessages"])
    return f"{waiting} waits" if waiting else None


def _redrive(guide: Guide) -> None:
    def put_back() -> None:
        total = redrive(
            guide.client("sqs"),
            guide.client("lambda"),
            queue_url=str(guide.outputs["uploads-dead-letters-url"]),
            function_name=guide.function(PROCESSOR)["FunctionName"],
            say=lambda _: None,
        )
        if total.redriven != 1:
            raise TourError(f"the redrive put {total.redriven} messages back instead of 1")

    guide.done("python -m operations.redrive", put_back, note="the policy is mended: put it back")
