"""Uploads: a function processes every file that is stored in a bucket."""

import json
from collections.abc import Callable
from typing import Any

from operations.redrive import redrive
from sandbox.tour.guide import Guide, TourError

NAMESPACE = "ServerlessApp/Lambda"
PROCESSOR = "handlers.uploads.processor.handler"
SPECIAL_CHARACTERS = "uploads/Übung 100% + more.txt"
UNREADABLE = "uploads/unreadable.txt"


def show(guide: Guide) -> None:
    """Store a file that is processed, and one whose processing fails until its dead letter is redriven."""
    guide.heading("Uploads: S3 events, a Lambda function and a dead-letter queue")
    s3, bucket = guide.client("s3"), guide.outputs["uploads-bucket-name"]

    def store(key: str, content: bytes, note: str) -> None:
        guide.run("s3:PutObject", lambda: s3.put_object(Bucket=bucket, Key=key, Body=content), note=note)

    store(SPECIAL_CHARACTERS, b"12345", f"file stored: {SPECIAL_CHARACTERS}")
    guide.wait_for("log record of the function", lambda: _processed(guide, SPECIAL_CHARACTERS))
    guide.wait_for("metric ProcessedFileSize", lambda: guide.metric_sum(NAMESPACE, "ProcessedFileSize"))

    deny, allow = _reading_denied(guide, bucket)
    deny()
    store(UNREADABLE, b"1", f"file stored: {UNREADABLE}; a bucket policy denies reading it")
    guide.wait_for("dead-letter queue, after 3 attempts", lambda: _dead_letters(guide))
    allow()
    _redrive(guide)
    guide.wait_for("log record of the function", lambda: _processed(guide, UNREADABLE))


def _processed(guide: Guide, key: str) -> str | None:
    records = (record for record in guide.log_records(PROCESSOR) if record.get("key") == key)
    return next((f"{record['message']}: {key}, {record['bytes']} bytes" for record in records), None)


def _reading_denied(guide: Guide, bucket: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return a function that denies reading `UNREADABLE`, and one that allows it again."""
    s3 = guide.client("s3")
    original = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    policy = json.loads(original)
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject*",
            "Resource": f"arn:aws:s3:::{bucket}/{UNREADABLE}",
        }
    )
    return (
        lambda: s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy)),
        lambda: s3.put_bucket_policy(Bucket=bucket, Policy=original),
    )


def _dead_letters(guide: Guide) -> str | None:
    attributes = guide.client("sqs").get_queue_attributes(
        QueueUrl=guide.outputs["uploads-dead-letters-url"], AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    messages = int(attributes["ApproximateNumberOfMessages"])
    return f"messages: {messages}" if messages else None


def _redrive(guide: Guide) -> None:
    def redrive_messages() -> None:
        total = redrive(
            guide.client("sqs"),
            guide.client("lambda"),
            queue_url=str(guide.outputs["uploads-dead-letters-url"]),
            function_name=guide.function(PROCESSOR)["FunctionName"],
            report=lambda _: None,
        )
        if total.redriven != 1:
            raise TourError(f"the redrive processed {total.redriven} messages, expected 1")

    note = "reading is allowed again: the message is processed again"
    guide.run("python -m operations.redrive", redrive_messages, note=note)
