"""Patches of S3."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from ministack.services import s3

from sandbox.patches.responses import OK, Response


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
