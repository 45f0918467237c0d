from typing import Any
from uuid import uuid4

import pytest
import requests

from sandbox.server.process import Server
from tests.waiting import BOUND_SECONDS


def test_object_of_multipart_upload_keeps_its_tags(server: Server) -> None:
    s3, target = server.client("s3"), {"Bucket": f"parts-{uuid4()}", "Key": "k"}
    s3.create_bucket(Bucket=target["Bucket"])
    s3.put_bucket_versioning(Bucket=target["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    upload_id = s3.create_multipart_upload(**target, Tagging="Owner=platform&Empty=")["UploadId"]
    part = s3.upload_part(**target, UploadId=upload_id, PartNumber=1, Body=b"x")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**target, UploadId=upload_id, MultipartUpload={"Parts": parts})
    tags = s3.get_object_tagging(**target)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Owner": "platform", "Empty": ""}


def test_request_of_a_version_overrides_headers_of_the_response(server: Server) -> None:
    s3, target = server.client("s3"), {"Bucket": f"versions-{uuid4()}", "Key": "k"}
    s3.create_bucket(Bucket=target["Bucket"])
    s3.put_bucket_versioning(Bucket=target["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    first, _ = (s3.put_object(**target, Body=body)["VersionId"] for body in (b"1", b"2"))
    response = s3.get_object(**target, VersionId=first, ResponseContentDisposition="attachment")
    assert (response["Body"].read(), response.get("ContentDisposition")) == (b"1", "attachment")


@pytest.fixture
def form(server: Server) -> dict[str, Any]:
    """A presigned form for the key `k` of a new bucket, and the `bucket`."""
    s3, bucket = server.client("s3"), f"form-{uuid4()}"
    s3.create_bucket(Bucket=bucket)
    return {"bucket": bucket, **s3.generate_presigned_post(bucket, "k")}


def submit(
    server: Server, form: dict[str, Any], before: dict[str, str], after: dict[str, str]
) -> requests.Response:
    """Submit a form with fields before and after its file."""
    parts = [
        *((name, (None, value)) for name, value in before.items()),
        ("file", ("name", "content")),
        *((name, (None, value)) for name, value in after.items()),
    ]
    ca_bundle = str(server.ca_bundle)
    return requests.post(form["url"], files=parts, verify=ca_bundle, timeout=BOUND_SECONDS)


def test_form_fields_after_the_file_are_ignored(server: Server, form: dict[str, Any]) -> None:
    after = {"key": "other", "x-amz-meta-owner": "me", "file": "other content"}
    assert submit(server, form, form["fields"], after).status_code == 204
    s3 = server.client("s3")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=form["bucket"])["Contents"]] == ["k"]
    stored = s3.get_object(Bucket=form["bucket"], Key="k")
    assert (stored["Body"].read(), stored["Metadata"]) == (b"content", {})


def test_form_with_the_file_before_its_fields_is_rejected(server: Server, form: dict[str, Any]) -> None:
    response = submit(server, form, {}, form["fields"])
    assert (response.status_code, "<Code>InvalidArgument</Code>" in response.text) == (400, True)
    key = {"key": form["fields"].pop("key")}
    assert submit(server, form, key, form["fields"]).status_code == 403  # the form is not signed
    assert "Contents" not in server.client("s3").list_objects_v2(Bucket=form["bucket"])
