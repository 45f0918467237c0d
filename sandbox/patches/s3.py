"""Patches of S3."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from ministack.services import s3

from sandbox.patches.responses import OK, Response

BLOCKED_TYPES = f"{{{s3.S3_NS}}}BlockedEncryptionTypes"


def block_sse_c_in_new_buckets() -> None:
    """Block uploads with SSE-C until an encryption is put that allows them.

    AWS: New buckets block SSE-C since April 2026. GetBucketEncryption reports it, and PutBucketEncryption
    changes it only where it names `BlockedEncryptionTypes`
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html,
    https://github.com/hashicorp/terraform-provider-aws/issues/47320).

    MiniStack: Blocks nothing and reports nothing, so that a second plan did not show what differs on AWS.
    """
    get, put, resolve = s3._get_bucket_encryption, s3._put_bucket_encryption, s3._resolve_sse_write_headers

    def get_encryption(bucket: str) -> Response:
        status, headers, body = get(bucket)
        return (status, headers, _with_blocked_types(body, "SSE-C") if status == OK else body)

    def put_encryption(bucket: str, body: bytes) -> Response:
        blocked = _blocked_type(get_encryption(bucket))
        response: Response = put(bucket, body)
        if response[0] == OK:
            s3._bucket_encryption[bucket] = _with_blocked_types(body, blocked).decode()
        return response

    def resolve_headers(headers: Mapping[str, str], bucket: str) -> tuple[Any, Response | None]:
        customer_key = "x-amz-server-side-encryption-customer-algorithm" in headers
        if customer_key and _blocked_type(get_encryption(bucket)) == "SSE-C":
            return None, s3._error("AccessDenied", "SSE-C is blocked for this bucket.", 403)
        resolved: tuple[Any, Response | None] = resolve(headers, bucket)
        return resolved

    s3._get_bucket_encryption, s3._put_bucket_encryption = get_encryption, put_encryption
    s3._resolve_sse_write_headers = resolve_headers


def _with_blocked_types(encryption: str | bytes, blocked: str) -> bytes:
    """Return an encryption whose rules block a type, unless they name one themselves."""
    root = ET.fromstring(encryption)  # noqa: S314 - MiniStack parsed or wrote it
    for rule in root.findall("{*}Rule"):
        if rule.find("{*}BlockedEncryptionTypes") is None:
            element = ET.SubElement(rule, BLOCKED_TYPES)
            ET.SubElement(element, f"{{{s3.S3_NS}}}EncryptionType").text = blocked
    content: bytes = ET.tostring(root)
    return content


def _blocked_type(response: Response) -> str:
    """Return what a response of GetBucketEncryption says to be blocked; `SSE-C` if there is no bucket."""
    status, _, body = response
    return (status == OK and ET.fromstring(body).findtext(".//{*}EncryptionType")) or "SSE-C"  # noqa: S314


def end_forms_with_their_file() -> None:
    """Read a form only as far as its file.

    AWS: Ignores the fields after the field `file`. So a form whose file precedes `key` is rejected with
    InvalidArgument, and one whose file precedes the signature is not signed
    (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html).

    MiniStack: Reads the fields in any order.
    """
    parse = s3._parse_multipart_form

    def parse_until_file(content_type: str, body: bytes) -> list[tuple[Any, ...]]:
        parts: list[tuple[Any, ...]] = parse(content_type, body)
        names = [part[0].lower() for part in parts]
        end = names.index("file") + 1 if "file" in names else len(parts)
        if "key" in names[:end]:
            return parts[:end]
        # AWS looks for the key before it authenticates the form, and MiniStack afterwards.
        return [part for part, name in zip(parts, names, strict=True) if name != "key"]

    s3._parse_multipart_form = parse_until_file


def override_headers_of_versions() -> None:
    """Let requests override response headers of a version, as `response-content-disposition` does.

    AWS: GetObject takes these parameters together with `versionId`
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).

    MiniStack: Ignores them for a request with `versionId`.
    """
    get = s3._get_object

    def get_object(
        bucket: str, key: str, headers: object, query: Mapping[str, Any] | None = None
    ) -> Response:
        response: Response = get(bucket, key, headers, query)
        if response[0] == OK and query and "versionId" in query:
            s3._apply_response_overrides(response[1], query)
        return response

    s3._get_object = get_object


def keep_tags_of_multipart_uploads() -> None:
    """Give the object of a multipart upload the tags that the upload began with.

    AWS: `x-amz-tagging` of CreateMultipartUpload sets the tags of the object
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).

    MiniStack: Drops them. Terraform uploads objects above 5 MB in parts, and its second plan tags them again.
    """
    create, complete = s3._create_multipart_upload, s3._complete_multipart_upload
    tags_by_upload: dict[str, str] = {}

    def create_upload(bucket: str, key: str, headers: Mapping[str, str]) -> Response:
        response: Response = create(bucket, key, headers)
        upload_id = re.search(rb"<UploadId>(.+)</UploadId>", response[2])
        if upload_id and "x-amz-tagging" in headers:
            tags_by_upload[upload_id[1].decode()] = headers["x-amz-tagging"]
        return response

    def complete_upload(bucket: str, key: str, body: bytes, query: Any, headers: object) -> Response:  # noqa: ANN401
        response: Response = complete(bucket, key, body, query, headers)
        tags = tags_by_upload.pop(s3._qp(query, "uploadId"), None)
        if tags and response[0] == OK:
            version = response[1].get("x-amz-version-id")
            s3._object_tags[bucket, key, version] = dict(parse_qsl(tags, keep_blank_values=True))
        return response

    s3._create_multipart_upload, s3._complete_multipart_upload = create_upload, complete_upload
