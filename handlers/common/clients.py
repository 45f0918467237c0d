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
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

Client: TypeAlias = Any
"""A client of whichever service: a class that botocore makes at run time."""

# 2 attempts x (1 s + 1 s), and at most 1 s between them: a service that hangs fails a request within 5 s, and
# even the third call in a row within the 10 s that the shortest function has when each needs its second
# attempt. So the client gets a problem document and not the gateway's timeout.
CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})

# For functions that have minutes, and nobody waiting: a call that fails is made four times more, after longer
# and longer pauses of random length (F3), and a service that hangs fails it within 75 s.
PATIENT = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5})

# What is presigned with it names the bucket's own region, which answers it itself: the global address that
# botocore takes by default may send a browser on to another, and a form cannot follow.
PRESIGNING = CONFIG.merge(
    Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
)

# A model takes seconds to answer, and one attempt is enough for what can be done without.
MODELS = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 1})


def dynamodb(region: str | None = None, config: Config = CONFIG) -> "DynamoDBClient":
    """Return the container's DynamoDB client, made at the first call."""
    return cast("DynamoDBClient", _client("dynamodb", region, config))


def kms(region: str | None = None) -> "KMSClient":
    """Return the container's KMS client, made at the first call."""
    return cast("KMSClient", _client("kms", region))


def s3(config: Config = CONFIG) -> "S3Client":
    """Return the container's S3 client, made at the first call."""
    return cast("S3Client", _client("s3", None, config))


def bedrock_runtime() -> "BedrockRuntimeClient":
    """Return the container's client of Bedrock's models, made at the first call."""
    return cast("BedrockRuntimeClient", _client("bedrock-runtime", None, MODELS))


def stepfunctions() -> "SFNClient":
    """Return the container's Step Functions client, made at the first call."""
    return cast("SFNClient", _client("stepfunctions", None))


def cloudwatch() -> "CloudWatchClient":
    """Return the container's CloudWatch client, made at the first call."""
    return cast("CloudWatchClient", _client("cloudwatch", None))


def secretsmanager() -> Client:
    """Return the container's Secrets Manager client, made at the first call."""
    return _client("secretsmanager", None)


@cache
def _client(service: str, region: str | None, config: Config = CONFIG) -> Client:
    return _session().create_client(service, region_name=region, config=config)


@cache
def _session() -> Session:
    """Return the one session: clients share what it reads of the SDK's data files."""
    return get_session()
