"""Validate uploads; create presigned forms for uploads and presigned links for downloads (F4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.common.fields import Field, FieldsError, matches, max_length, one_line, one_of, validate
from handlers.common.http_request import HttpRequest
from handlers.common.problems import HttpError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt",),
    "text/csv": (".csv",),
    "application/json": (".json",),
}
"""Suffixes of file names by content type; keys have the first one."""

ALIASES = {"image/jpg": "image/jpeg", "application/vnd.ms-excel": "text/csv"}
"""Other names that clients use for a content type: browsers on Windows with Excel send the one for CSV."""

MAX_NAME_CHARACTERS = 255
MAX_BYTES = 100 * 1024 * 1024
UPLOAD_SECONDS = 15 * 60
DOWNLOAD_SECONDS = 5 * 60

UNVERSIONED = "null"  # S3's version id of an object that was stored without versioning

# Characters that RFC 5987 does not encode, beside letters, digits and the `_.-~` of `quote`.
ATTRIBUTE_CHARACTERS = "!#$&+^`|"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that a client is going to upload.

    Attributes:
        name: 1 to 255 characters (code points) without control characters and slashes. It ends with one of
            the content type's `SUFFIXES`, in upper or lower case.
        content_type: One of `SUFFIXES`, also where the client sent one of `ALIASES`.
    """

    name: str
    content_type: str


def parse_upload(body: Mapping[str, Any]) -> Upload:
    """Validate the body of a request.

    Raises:
        HttpError: 400 with every invalid, missing and unknown field.
    """
    try:
        upload = Upload(**validate(_FIELDS, body))
    except FieldsError as error:
        raise _invalid(error.errors) from None
    suffixes = SUFFIXES[upload.content_type]
    if not upload.name.lower().endswith(suffixes):
        message = f"Must end with {' or '.join(suffixes)} for {upload.content_type}."
        raise _invalid([("name", message)])
    return upload


def hashed_owner(request: HttpRequest) -> str:
    """Return the owner of the files of a request: a hash of its API key. The key itself is not stored.

    Raises:
        HttpError: 403 without an API key.
    """
    if not request.api_key:
        raise HttpError(403, "The request has no API key.")
    return sha256(request.api_key.encode(errors="surrogatepass")).hexdigest()


def object_key(identifier: str, content_type: str) -> str:
    """Return the key of a file's object; it contains no text from the client."""
    return f"files/{identifier}{SUFFIXES[content_type][0]}"


def upload_form(client: "S3Client", bucket: str, key: str, content_type: str) -> dict[str, Any]:
    """Return a presigned POST that is valid for `UPLOAD_SECONDS`.

    It accepts only this key and content type, and 1 to `MAX_BYTES` bytes.

    Returns:
        `{"url": ..., "fields": {...}}`. The fields precede the file in a multipart form.
    """
    return client.generate_presigned_post(
        bucket,
        key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, MAX_BYTES]],
        ExpiresIn=UPLOAD_SECONDS,
    )


def download_url(client: "S3Client", bucket: str, key: str, version: str | None, name: str) -> str:
    """Return a presigned GET that is valid for `DOWNLOAD_SECONDS`; browsers save the file as `name`.

    It serves only this version of the object, whatever is uploaded later. In a bucket without versioning, the
    version is None.
    """
    return client.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": bucket,
            "Key": key,
            "VersionId": version or UNVERSIONED,
            "ResponseContentDisposition": content_disposition(name),
        },
        ExpiresIn=DOWNLOAD_SECONDS,
    )


def content_disposition(name: str) -> str:
    """Return the value of Content-Disposition (RFC 6266), with an ASCII form of the name for old clients."""
    ascii_name = re.sub(r'[^\x20-\x7e]|["%]', "_", name)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe=ATTRIBUTE_CHARACTERS)}"


def _invalid(errors: list[tuple[str, str]]) -> HttpError:
    return HttpError(400, "The file is not valid.", errors=errors)


_FIELDS = {
    "name": Field(
        rules=(
            max_length(MAX_NAME_CHARACTERS),
            one_line,
            matches(re.compile(r"[^/\\]*", re.DOTALL), "Must not contain / or \\."),
        ),
        required=True,
    ),
    "content_type": Field(
        rules=(one_of(*SUFFIXES, *ALIASES),), required=True, convert=lambda name: ALIASES.get(name, name)
    ),
}
