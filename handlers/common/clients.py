"""AWS SDK clients, one a service, region and container.

Credentials, endpoint and certificates are found as every AWS SDK finds them; so is the region where none
is given. The clients are those of boto3, but made by botocore: importing boto3 itself (its S3 transfer
manager above all) would add a third to a cold start (POST pays it: Powertools imports it there).
"""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from botocore.config import Config
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

Client: TypeAlias = Any
"""A client of whichever service: a class that botocore makes at run time."""

# 2 attempts x (1 s + 1 s), and at most 1 s between them: a service that hangs fails a request within 5 s, and
# even the third call in a row within the 10 s that the shortest function has when each needs its second
# attempt. So the client gets a problem document and not the gateway's timeout.
CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})


def dynamodb(region: str | None = None) -> "DynamoDBClient":
    """Return the container's DynamoDB client, made at the first call."""
    return cast("DynamoDBClient", _client("dynamodb", region))


def kms(region: str | None = None) -> "KMSClient":
    """Return the container's KMS client, made at the first call."""
    return cast("KMSClient", _client("kms", region))


def s3() -> "S3Client":
    """Return the container's S3 client, made at the first call."""
    return cast("S3Client", _client("s3", None))


def cloudwatch() -> "CloudWatchClient":
    """Return the container's CloudWatch client, made at the first call."""
    return cast("CloudWatchClient", _client("cloudwatch", None))


def secretsmanager() -> Client:
    """Return the container's Secrets Manager client, made at the first call."""
    return _client("secretsmanager", None)


@cache
def _client(service: str, region: str | None) -> Client:
    return _session().create_client(service, region_name=region, config=CONFIG)


@cache
def _session() -> Session:
    """Return the one session: clients share what it reads of the SDK's data files."""
    return get_session()
