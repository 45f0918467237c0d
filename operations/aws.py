"""AWS for commands: clients, whose credentials they use, and errors that a user can read.

Account, credentials and endpoint are found as every AWS SDK finds them. So the same commands work on AWS and,
after `eval "$(python -m sandbox env)"`, on the embedded AWS.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

import boto3
import typer
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from commands import print_error

Client: TypeAlias = Any
"""A boto3 client: its class is created at run time."""

Clients: TypeAlias = Callable[[str, str], Client]
"""Returns a client of a service (botocore's name) in a region, as `Server.client` of the sandbox does."""

Report: TypeAlias = Callable[[str], None]
"""Receives a line for the user."""

AwsError = (ClientError, BotoCoreError)

# A region that does not exist costs seconds, not minutes.
CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})

CONSISTENCY_TIMEOUT_SECONDS = 120.0  # as long as Terraform's provider waits for IAM
RETRY_INTERVAL_SECONDS = 2.0

ACCESS_DENIED_CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
EXPIRED_CODES = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
UNKNOWN_CREDENTIALS_CODES = {
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
}
NO_CREDENTIALS_ERRORS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.LoginError,
)

UNREACHABLE = "check the region, the network, AWS_ENDPOINT_URL and AWS_CA_BUNDLE"

S3_ACTIONS = {
    "HeadBucket": "s3:ListBucket",
    "ListBuckets": "s3:ListAllMyBuckets",
    "ListObjectsV2": "s3:ListBucket",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""The IAM actions of S3 operations with another name
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html). S3 is the one
service whose error may contain no more than "Access Denied"; the response to a HEAD request does not even
contain that."""


@dataclass(frozen=True)
class Caller:
    """The identity of the credentials.

    Attributes:
        account: The id of the account.
        arn: The ARN of the user, role session or root.
    """

    account: str
    arn: str


class SetupError(Exception):
    """The account or the environment is not as the command requires; the message contains the fix."""


def default_clients() -> Clients:
    """Return a factory of clients with the credentials of the environment.

    Raises:
        BotoCoreError: `AWS_PROFILE` names no profile.
        SetupError: When a client is created: `AWS_ENDPOINT_URL` is no URL.
    """
    session: Any = boto3.Session()

    def create(service: str, region: str) -> Client:
        try:
            return session.client(service, region_name=region, config=CONFIG)
        except BotoCoreError:
            raise  # some are ValueErrors too
        except ValueError as error:
            raise SetupError(f"{error}: correct or unset AWS_ENDPOINT_URL") from None

    return create


def identify(clients: Clients, region: str) -> Caller:
    """Return the identity of the credentials, which requires no permission.

    Raises:
        ClientError, BotoCoreError: AWS rejects the credentials, or the region cannot be reached.
    """
    identity = clients("sts", region).get_caller_identity()
    return Caller(identity["Account"], identity["Arn"])


def error_code(error: ClientError) -> str:
    """Return AWS's code of an error; for the response to a HEAD request, its status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def call_or_empty(call: Callable[[], Any], *codes: str) -> Any:  # noqa: ANN401 - responses have no type
    """Return the response of a call, or an empty dict if it fails with one of these error codes."""
    try:
        return call()
    except ClientError as error:
        if error_code(error) in codes:
            return {}
        raise


def retry_until_consistent(
    call: Callable[[], Any], is_transient: Callable[[ClientError], bool], report: Report
) -> Any:  # noqa: ANN401 - responses have no type
    """Return the response of a call, which is retried while other services do not know a new resource.

    IAM and KMS are eventually consistent. The SDK's own retries cannot be configured for such errors.

    Args:
        call: Retried every `RETRY_INTERVAL_SECONDS`, for `CONSISTENCY_TIMEOUT_SECONDS`.
        is_transient: Whether an error means that the resource is not known yet.
        report: Receives a line before the first retry.

    Raises:
        ClientError: The call failed with another error, or the time is over.
    """
    end = time.monotonic() + CONSISTENCY_TIMEOUT_SECONDS
    reported = False
    while True:
        try:
            return call()
        except ClientError as error:
            if not is_transient(error) or time.monotonic() > end:
                raise
            if not reported:
                report(f"waiting up to {CONSISTENCY_TIMEOUT_SECONDS:.0f} s for consistency: {explain(error)}")
            reported = True
        time.sleep(RETRY_INTERVAL_SECONDS)


def region_of_bucket(s3: Client, bucket: str, caller: Caller) -> str | None:
    """Return the region of a bucket of the caller's account; None if no account has a bucket of this name.

    Raises:
        SetupError: The bucket belongs, or may belong, to another account.
        ClientError, BotoCoreError: The caller has no permission on the account's bucket, or S3 fails.
    """
    try:
        head = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=caller.account)
    except ClientError as error:
        match error.response["ResponseMetadata"]["HTTPStatusCode"]:
            case HTTPStatus.NOT_FOUND:
                return None
            case HTTPStatus.FORBIDDEN if not _is_listed(s3, bucket, caller):
                raise name_is_taken(bucket) from None
        raise
    return str(head["BucketRegion"])


def name_is_taken(bucket: str) -> SetupError:
    """Return the error for a bucket that belongs to another account."""
    return SetupError(
        f"bucket {bucket} belongs to another account: choose another name"
        " (ENVIRONMENT_SUFFIX, or {account} in NAME_PATTERN; STATE_BUCKET for the state's)"
    )


def _is_listed(s3: Client, bucket: str, caller: Caller) -> bool:
    """Whether the account has a bucket: S3 returns 403 for others' buckets and for missing permissions."""
    try:
        buckets = s3.list_buckets(Prefix=bucket)["Buckets"]
    except ClientError as error:
        if error_code(error) not in ACCESS_DENIED_CODES:
            raise
        raise SetupError(
            f"bucket {bucket} belongs to another account, or {caller.arn} is not allowed s3:ListBucket on it"
            " (nor s3:ListAllMyBuckets, which would tell them apart): choose another name, or allow it"
        ) from None
    return any(listed["Name"] == bucket for listed in buckets)


def explain(error: ClientError | BotoCoreError, caller: Caller | None = None) -> str:
    """Return one line with what went wrong and what to do about it.

    Args:
        error: AWS's response, or why there is none.
        caller: The identity of the credentials, where it is known.
    """
    match error:
        case ClientError():
            line = _explain_response(error, caller)
        case _ if isinstance(error, NO_CREDENTIALS_ERRORS):
            line = f"{error}: log in (aws sso login), or set AWS_PROFILE"
        case exceptions.ConnectionError() | exceptions.HTTPClientError():
            line = f"{error}: {UNREACHABLE}"
        case _:
            line = str(error)
    return " ".join(line.split())


@contextmanager
def exit_on_aws_error(failure: str, caller: Caller | None = None) -> Iterator[None]:
    """End a command with exit code 1 and one line on stderr when AWS or the account is in the way.

    Args:
        failure: What cannot be done, such as `cannot bootstrap`; it begins the line.
        caller: The identity of the credentials, where it is known.
    """
    try:
        yield
    except SetupError as error:
        line = str(error)
    except AwsError as error:
        line = explain(error, caller)
    else:
        return
    print_error(f"{failure}: {line}")
    raise typer.Exit(1)


def _explain_response(error: ClientError, caller: Caller | None) -> str:
    message = str(error.response["Error"].get("Message", ""))
    operation = str(error.operation_name)
    code = error_code(error)
    if code in EXPIRED_CODES:
        return f"the credentials have expired ({code}): log in again"
    if code in UNKNOWN_CREDENTIALS_CODES:
        return (
            f"AWS does not know the credentials ({code}): log in again;"
            " or the region has to be enabled in the account first"
        )
    if code in ACCESS_DENIED_CODES:
        who = caller.arn if caller else "the caller"
        denied = f"{who} is not authorized to perform: {S3_ACTIONS.get(operation, f's3:{operation}')}"
        reason = message if "not authorized to perform:" in message else denied
        return f"{reason}; allow that, then run this again"
    return f"{operation}: {code}: {message}"
