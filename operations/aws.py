"""AWS for commands that set it up or look at it: clients, whose they are, and an error in one line.

Account, credentials and endpoint are found as every AWS SDK finds them, so that the same commands work on AWS
and, after `eval "$(python -m sandbox env)"`, on the embedded AWS.
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

Client: TypeAlias = Any
"""A boto3 client: a class that is made at run time."""

Clients: TypeAlias = Callable[[str, str], Client]
"""Makes a client of a service (a botocore name) in a region, as `Server.client` of the sandbox does."""

AwsError = (ClientError, BotoCoreError)

# A region that does not exist should cost seconds, not minutes.
CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})

PATIENCE_SECONDS = 120.0  # as long as Terraform's provider has for IAM
PAUSE_SECONDS = 2.0

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
UNKNOWN = {
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
}
NO_LOGIN = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.LoginError,
)

UNREACHABLE = "is the region right, is there a network, are AWS_ENDPOINT_URL and AWS_CA_BUNDLE meant?"

ACTIONS = {
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
"""What S3 asks to be allowed for a call of another name
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html). It is the one
service that may say no more than "Access Denied"; a HEAD cannot say even that."""


@dataclass(frozen=True)
class Caller:
    """Whose credentials are in use."""

    account: str
    arn: str


class SetupError(Exception):
    """Something is in the way; the message says what it is and what to do."""


def ordinary_clients() -> Clients:
    """Return what makes clients of the credentials in use.

    Raises:
        BotoCoreError: `AWS_PROFILE` names none.
        SetupError: When a client is made, and `AWS_ENDPOINT_URL` is no URL.
    """
    session: Any = boto3.Session()

    def make(service: str, region: str) -> Client:
        try:
            return session.client(service, region_name=region, config=CONFIG)
        except BotoCoreError:
            raise  # some are ValueErrors too
        except ValueError as error:
            raise SetupError(f"{error}: mend or unset AWS_ENDPOINT_URL") from None

    return make


def identify(clients: Clients, region: str) -> Caller:
    """Ask AWS who calls, which needs no permission.

    Raises:
        ClientError, BotoCoreError: The credentials are not good, or the region cannot be reached.
    """
    identity = clients("sts", region).get_caller_identity()
    return Caller(identity["Account"], identity["Arn"])


def code(error: ClientError) -> str:
    """Return AWS's name of an error; of an answer to a HEAD, its status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def found(look: Callable[[], Any], *nothing: str) -> Any:  # noqa: ANN401 - what a client gives has no type
    """Return what a call finds; an empty dict when it fails with one of these codes."""
    try:
        return look()
    except ClientError as error:
        if code(error) in nothing:
            return {}
        raise


def patiently(
    call: Callable[[], Any], passing: Callable[[ClientError], bool], say: Callable[[str], None]
) -> Any:  # noqa: ANN401 - what a client gives has no type
    """Return what a call gives once it no longer fails in a way that passes.

    What IAM and KMS have just made is not seen everywhere at once. The SDK's own retries cannot be told that
    such a refusal is one to try again.

    Args:
        call: Tried every `PAUSE_SECONDS`, for `PATIENCE_SECONDS`.
        passing: Whether an error is one that passes.
        say: Gets a line when there is something to wait for.

    Raises:
        ClientError: Another error; or the same for too long.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    waits = False
    while True:
        try:
            return call()
        except ClientError as error:
            if not passing(error) or time.monotonic() > end:
                raise
            if not waits:
                say(f"waiting {PATIENCE_SECONDS:.0f} s at most until AWS knows it: {in_one_line(error)}")
            waits = True
        time.sleep(PAUSE_SECONDS)


def region_of_bucket(s3: Client, bucket: str, caller: Caller) -> str | None:
    """Return the region of a bucket of the caller's account; None where nobody has one of this name.

    Raises:
        SetupError: It is somebody else's, as far as one may know.
        ClientError, BotoCoreError: One may not look at it, although it is the account's; or anything else.
    """
    try:
        head = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=caller.account)
    except ClientError as error:
        match error.response["ResponseMetadata"]["HTTPStatusCode"]:
            case HTTPStatus.NOT_FOUND:
                return None
            case HTTPStatus.FORBIDDEN if not _lists(s3, bucket, caller):
                raise SetupError(taken(bucket)) from None
        raise
    return str(head["BucketRegion"])


def taken(bucket: str) -> str:
    """Return what to say of a bucket that is somebody else's."""
    return (
        f"bucket {bucket} belongs to another account: choose another name"
        " (ENVIRONMENT_SUFFIX, or {account} in NAME_PATTERN; STATE_BUCKET for the state's)"
    )


def _lists(s3: Client, bucket: str, caller: Caller) -> bool:
    """Whether a bucket is among the account's: S3 answers 403 for others', and where one may not look."""
    try:
        buckets = s3.list_buckets(Prefix=bucket)["Buckets"]
    except ClientError as error:
        if code(error) not in DENIED:
            raise
        raise SetupError(
            f"bucket {bucket} belongs to another account, or {caller.arn} may not s3:ListBucket on it"
            " (nor s3:ListAllMyBuckets, which would tell): choose another name, or allow that"
        ) from None
    return any(each["Name"] == bucket for each in buckets)


def in_one_line(error: ClientError | BotoCoreError, caller: Caller | None = None) -> str:
    """Return what went wrong and what to do about it.

    Args:
        error: What AWS answered, or why it could not be asked.
        caller: Who called, where that is known.
    """
    match error:
        case ClientError():
            words = _answered(error, caller)
        case _ if isinstance(error, NO_LOGIN):
            words = f"{error}: log in (aws sso login), or set AWS_PROFILE"
        case exceptions.ConnectionError() | exceptions.HTTPClientError():
            words = f"{error}: {UNREACHABLE}"
        case _:
            words = str(error)
    return " ".join(words.split())


@contextmanager
def one_line(what: str, caller: Caller | None = None) -> Iterator[None]:
    """End a command that cannot do `what` with a line on stderr and exit code 1.

    Args:
        what: What it cannot, as in `cannot bootstrap: ...`.
        caller: Who called, where that is known.
    """
    try:
        yield
    except SetupError as error:
        line = str(error)
    except AwsError as error:
        line = in_one_line(error, caller)
    else:
        return
    typer.echo(f"cannot {what}: {line}", err=True)
    raise typer.Exit(1)


def _answered(error: ClientError, caller: Caller | None) -> str:
    message = str(error.response["Error"].get("Message", ""))
    operation = str(error.operation_name)
    known = code(error)
    if known in EXPIRED:
        return f"the credentials have expired ({known}): log in again"
    if known in UNKNOWN:
        return (
            f"AWS does not know the credentials ({known}): log in again;"
            " or the region has to be enabled in the account first"
        )
    if known in DENIED:
        who = caller.arn if caller else "the caller"
        denied = f"{who} is not authorized to perform: {ACTIONS.get(operation, f's3:{operation}')}"
        said = message if "not authorized to perform:" in message else denied
        return f"{said}; allow that, then run this again"
    return f"{operation}: {known}: {message}"
