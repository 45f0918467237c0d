"""What AWS words otherwise than MiniStack, or has and MiniStack has not."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import ANY, Stubber

from operations.aws import Caller
from operations.bootstrap.bucket import LIFECYCLE, StateBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCOUNT = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/a"
WHERE = {"Bucket": "state", "ExpectedBucketOwner": ACCOUNT}
SMALL = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}


@pytest.fixture
def s3() -> "S3Client":
    client: S3Client = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    return client


@pytest.fixture
def answers(s3: "S3Client") -> Iterator[Stubber]:
    with Stubber(s3) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


def place(s3: "S3Client") -> StateBucket:
    return StateBucket(s3, "state", Caller(ACCOUNT, "arn"), lambda _: None)


def test_a_bucket_is_as_it_should_be_in_other_words(s3: "S3Client", answers: Stubber) -> None:
    denial = {
        "Sid": "TLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::state/*", "arn:aws:s3:::state"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    answers.add_response("get_bucket_policy", {"Policy": json.dumps({"Statement": denial})}, WHERE)
    place(s3)._refuse_plain_http()


def test_what_else_a_rule_of_encryption_says_stays(s3: "S3Client", answers: Stubber) -> None:
    """For new buckets, S3 refuses keys that customers send along since April 2026
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html).
    """
    refused = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
    by_s3 = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, **refused}
    by_key = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
        "BucketKeyEnabled": True,
        **refused,
    }
    for before in (by_s3, by_key):
        answers.add_response(
            "get_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [before]}}, WHERE
        )
        if before is by_s3:
            wanted = {"ServerSideEncryptionConfiguration": {"Rules": [by_key]}}
            answers.add_response("put_bucket_encryption", {}, {**WHERE, **wanted})
        place(s3)._encrypt(KEY)


def test_the_smallest_size_of_transitions_stays(s3: "S3Client", answers: Stubber) -> None:
    answers.add_response("get_bucket_lifecycle_configuration", {"Rules": LIFECYCLE[:1], **SMALL}, WHERE)
    answers.add_response(
        "put_bucket_lifecycle_configuration",
        SMALL,
        {**WHERE, "LifecycleConfiguration": ANY, **SMALL},
    )
    place(s3)._tidy_up()
