"""Uploads with SSE-C are blocked in new buckets."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from sandbox.server.process import Client, Server

BLOCKED = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
ALLOWED = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
DEFAULT = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


@pytest.fixture
def bucket(server: Server) -> str:
    name = f"encrypted-{uuid4()}"
    server.client("s3").create_bucket(Bucket=name)
    return name


def put_encryption(s3: Client, bucket: str, rule: Mapping[str, Any]) -> None:
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def encryption(s3: Client, bucket: str) -> Any:  # noqa: ANN401 - any JSON
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    return rule


def test_new_bucket_blocks_sse_c(server: Server, bucket: str) -> None:
    assert encryption(server.client("s3"), bucket) == {**DEFAULT, **BLOCKED, "BucketKeyEnabled": False}


def test_encryption_that_is_put_without_blocked_types_keeps_them(server: Server, bucket: str) -> None:
    s3 = server.client("s3")
    put_encryption(s3, bucket, DEFAULT)
    assert encryption(s3, bucket) == {**DEFAULT, **BLOCKED}
    put_encryption(s3, bucket, {**DEFAULT, **ALLOWED})
    put_encryption(s3, bucket, DEFAULT)
    assert encryption(s3, bucket) == {**DEFAULT, **ALLOWED}


def test_upload_with_sse_c_is_refused_where_it_is_blocked(server: Server, bucket: str) -> None:
    s3, key = server.client("s3"), bytes(32)
    upload = {
        "Bucket": bucket,
        "Key": "k",
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": base64.b64encode(key).decode(),
        "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode(),
    }
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(**upload)
    put_encryption(s3, bucket, {**DEFAULT, **ALLOWED})
    s3.put_object(**upload)
