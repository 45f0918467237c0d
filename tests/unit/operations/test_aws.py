"""What AWS answers, in one line; and credentials, endpoints and regions that lead nowhere."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    SSOTokenLoadError,
)

from operations.aws import Caller, SetupError, identify, in_one_line, ordinary_clients, region_of_bucket

CALLER = Caller("111111111111", "arn:aws:iam::111111111111:user/ann")
IS_IT_MEANT = "is the region right, is there a network, are AWS_ENDPOINT_URL and AWS_CA_BUNDLE meant?"
DENIED = f"{CALLER.arn} is not authorized to perform:"


def refused(code: str, message: str = "", operation: str = "PutObject", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)  # type: ignore[arg-type] # of the metadata, what counts


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            refused("AccessDenied", "Access Denied", "PutBucketEncryption"),
            f"{DENIED} s3:PutEncryptionConfiguration; allow that, then run this again",
        ),
        (
            refused("403", "Forbidden", "HeadBucket"),
            f"{DENIED} s3:ListBucket; allow that, then run this again",
        ),
        (
            refused("AccessDenied", "", "PutBucketVersioning"),
            f"{DENIED} s3:PutBucketVersioning; allow that, then run this again",
        ),
        (
            refused(
                "AccessDeniedException", "User: b is not authorized to perform: kms:CreateKey\n as an SCP"
            ),
            "User: b is not authorized to perform: kms:CreateKey as an SCP; allow that, then run this again",
        ),
        (refused("ExpiredToken"), "the credentials have expired (ExpiredToken): log in again"),
        (refused("SlowDown", "less", "ListBuckets"), "ListBuckets: SlowDown: less"),
        (
            NoCredentialsError(),
            "Unable to locate credentials: log in (aws sso login), or set AWS_PROFILE",
        ),
        (
            SSOTokenLoadError(error_msg="gone"),
            "Error loading SSO Token: gone: log in (aws sso login), or set AWS_PROFILE",
        ),
        (
            EndpointConnectionError(endpoint_url="https://a.b"),
            f'Could not connect to the endpoint URL: "https://a.b": {IS_IT_MEANT}',
        ),
        (
            InvalidRegionError(region_name="no region"),
            "Provided region_name 'no region' doesn't match a supported format.",
        ),
    ],
)
def test_a_line_says_what_and_what_to_do(error: ClientError | BotoCoreError, line: str) -> None:
    assert in_one_line(error, CALLER) == line


def test_a_line_does_without_knowing_who() -> None:
    assert in_one_line(refused("AccessDenied")).startswith("the caller is not authorized to perform: s3:")


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure"])
def test_credentials_that_aws_does_not_know(code: str) -> None:
    assert in_one_line(refused(code)).startswith(f"AWS does not know the credentials ({code}): log in again")


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NoCredentialsError):
        identify(ordinary_clients(), "us-east-1")


def test_an_endpoint_that_is_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    with pytest.raises(SetupError, match=r"nowhere: mend or unset AWS_ENDPOINT_URL"):
        identify(ordinary_clients(), "us-east-1")


def test_a_region_that_is_none() -> None:
    with pytest.raises(InvalidRegionError):
        identify(ordinary_clients(), "no region")


class Struck:
    """S3 that answers as it does when it is too busy to say which buckets there are."""

    def head_bucket(self, **_: str) -> None:
        raise refused("403", "Forbidden", "HeadBucket", 403)

    def list_buckets(self, **_: str) -> None:
        raise refused("SlowDown", "less", "ListBuckets", 503)


def test_whose_a_bucket_is_cannot_always_be_told() -> None:
    with pytest.raises(ClientError, match="SlowDown"):
        region_of_bucket(Struck(), "b", CALLER)
