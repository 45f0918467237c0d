"""Responses of AWS that MiniStack words otherwise, or does not have."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import ANY, Stubber

from operations.aws import Caller
from operations.bootstrap.bucket import LIFECYCLE_RULES, StateBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCOUNT = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/a"
ARGUMENTS = {"Bucket": "state", "ExpectedBucketOwner": ACCOUNT}
SMALL = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}


@pytest.fixture
def s3() -> "S3Client":
    client: S3Client = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    return client


@pytest.fixture
def responses(s3: "S3Client") -> Iterator[Stubber]:
    with Stubber(s3) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


def state_bucket(s3: "S3Client") -> StateBucket:
    return StateBucket(s3, "state", Caller(ACCOUNT, "arn"), lambda _: None)


def test_an_equal_policy_in_another_form_is_not_changed(s3: "S3Client", responses: Stubber) -> None:
    denial = {
        "Sid": "TLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::state/*", "arn:aws:s3:::state"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    responses.add_response("get_bucket_policy", {"Policy": json.dumps({"Statement": denial})}, ARGUMENTS)
    state_bucket(s3)._deny_plain_http()


def test_sse_c_is_blocked_in_a_bucket_that_allows_it(s3: "S3Client", responses: Stubber) -> None:
    """Since April 2026, S3 blocks SSE-C in new buckets, and in older ones of most accounts
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html).
    """
    by_key = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
        "BucketKeyEnabled": True,
    }
    allowed, blocked = (
        {**by_key, "BlockedEncryptionTypes": {"EncryptionType": [value]}} for value in ("NONE", "SSE-C")
    )
    for before in (by_key, allowed, blocked):
        responses.add_response(
            "get_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [before]}}, ARGUMENTS
        )
        if before is not blocked:
            required = {"ServerSideEncryptionConfiguration": {"Rules": [blocked]}}
            responses.add_response("put_bucket_encryption", {}, {**ARGUMENTS, **required})
        state_bucket(s3)._encrypt(KEY)


def test_the_minimum_size_of_transitions_is_kept(s3: "S3Client", responses: Stubber) -> None:
    responses.add_response(
        "get_bucket_lifecycle_configuration", {"Rules": LIFECYCLE_RULES[:1], **SMALL}, ARGUMENTS
    )
    responses.add_response(
        "put_bucket_lifecycle_configuration",
        SMALL,
        {**ARGUMENTS, "LifecycleConfiguration": ANY, **SMALL},
    )
    state_bucket(s3)._add_lifecycle_rules()
