"""AWS SDK clients, one a service and container.

Credentials, endpoint and certificates are found as every AWS SDK finds them. The clients are
those of boto3, but made by botocore: importing boto3 itself (its S3 transfer manager above all)
would add a third to a cold start (POST pays it: Powertools imports it there).
"""

from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.session import get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

# 2 attempts x (1 s + 1 s), and at most 1 s between them: a service that hangs fails a request within 5 s, and
# even the third call in a row within the 10 s that the shortest function has when each needs its second
# attempt. So the client gets a problem document and not the gateway's timeout.
CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})


@cache
def dynamodb(region: str) -> "DynamoDBClient":
    """Return the container's DynamoDB client for `region`, made at the first call."""
    made = get_session().create_client("dynamodb", region_name=region, config=CONFIG)
    return cast("DynamoDBClient", made)


@cache
def kms(region: str) -> "KMSClient":
    """Return the container's KMS client for `region`, made at the first call."""
    return cast("KMSClient", get_session().create_client("kms", region_name=region, config=CONFIG))
