"""The uploaded objects, read from S3."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from handlers.uploads.event import Upload, UploadError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

CHUNK_BYTES = 1024 * 1024
# The last one: the version named is a delete marker.
GONE = ("NoSuchKey", "NoSuchVersion", "MethodNotAllowed")


def size_of(client: "S3Client", bucket: str, upload: Upload) -> int:
    """Read an object to its end, never more than a megabyte of it at once; return its bytes.

    To a role that may not list the bucket, S3 says of a missing object what it says of a forbidden
    one: AccessDenied.

    Raises:
        UploadError: It is gone, empty or cannot be read.
    """
    call: GetObjectRequestTypeDef = {"Bucket": bucket, "Key": upload.key}
    if upload.version:
        call["VersionId"] = upload.version
    try:
        body = client.get_object(**call)["Body"]
        size = sum(len(chunk) for chunk in body.iter_chunks(CHUNK_BYTES))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        what = "is gone" if code in GONE else "cannot be read"
        raise UploadError(f"{upload.key!r} {what}: {code}") from None
    except BotoCoreError as error:  # of the network, or an end before the announced one
        raise UploadError(f"{upload.key!r} cannot be read: {error}") from None
    if not size:
        raise UploadError(f"{upload.key!r} is empty")
    return size
