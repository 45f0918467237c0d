"""What a client may upload, and how: the form for it, and the link to have it back (F4)."""

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
"""Suffixes of names by content type; the first one is that of the keys."""

NAME_CHARACTERS = 255
BYTES = 100 * 1024 * 1024
UPLOAD_SECONDS = 15 * 60
DOWNLOAD_SECONDS = 5 * 60

# What may stand for itself in the encoding of RFC 5987, beside letters, digits and the `_.-~` of `quote`.
ATTRIBUTE_CHARACTERS = "!#$&+^`|"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What a client wants to upload.

    Attributes:
        name: 1 to 255 characters (code points), none of them a control character or a slash; it ends as
            `SUFFIXES` has it, in capitals or not.
        content_type: One of `SUFFIXES`.
    """

    name: str
    content_type: str

    def key(self, identifier: str) -> str:
        """Return the key of the object that it is kept as; nothing of it is the client's."""
        return f"files/{identifier}{SUFFIXES[self.content_type][0]}"


def parse_upload(body: Mapping[str, Any]) -> Upload:
    """Validate the body of a request.

    Raises:
        HttpError: 400, with every wrong, missing and unknown field.
    """
    try:
        upload = Upload(**validate(_FIELDS, body))
    except FieldsError as error:
        raise _invalid(error.errors) from None
    suffixes = SUFFIXES[upload.content_type]
    if not upload.name.lower().endswith(suffixes):
        wanted = f"Does not end in {' or '.join(suffixes)}, as {upload.content_type} has to."
        raise _invalid([("name", wanted)])
    return upload


def hashed_owner(request: HttpRequest) -> str:
    """Return whose files a request is about: a hash of its API key, which is kept nowhere.

    Raises:
        HttpError: 403 without an API key.
    """
    if not request.api_key:
        raise HttpError(403, "The request has no API key.")
    return sha256(request.api_key.encode(errors="surrogatepass")).hexdigest()


def form(client: "S3Client", bucket: str, key: str, content_type: str) -> dict[str, Any]:
    """Return a presigned POST, which S3 takes for `UPLOAD_SECONDS`.

    It is for this key and content type alone, and for 1 to `BYTES` bytes: `{"url": ..., "fields": {...}}`.
    The fields go before the file in a multipart form.
    """
    return client.generate_presigned_post(
        bucket,
        key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, BYTES]],
        ExpiresIn=UPLOAD_SECONDS,
    )


def link(client: "S3Client", bucket: str, key: str, name: str) -> str:
    """Return a presigned GET, which S3 answers for `DOWNLOAD_SECONDS`; browsers save it under `name`."""
    return client.generate_presigned_url(
        "get_object",
        Params={"Bucket": bucket, "Key": key, "ResponseContentDisposition": disposition(name)},
        ExpiresIn=DOWNLOAD_SECONDS,
    )


def disposition(name: str) -> str:
    """Return the value of Content-Disposition (RFC 6266): the name, and for old clients its ASCII."""
    plain = re.sub(r'[^\x20-\x7e]|["%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=ATTRIBUTE_CHARACTERS)}"


def _invalid(errors: list[tuple[str, str]]) -> HttpError:
    return HttpError(400, "The file is not valid.", errors=errors)


_FIELDS = {
    "name": Field(
        rules=(
            max_length(NAME_CHARACTERS),
            one_line,
            matches(re.compile(r"[^/\\]*", re.DOTALL), "Has a / or \\."),
        ),
        required=True,
    ),
    "content_type": Field(rules=(one_of(*SUFFIXES),), required=True),
}
