"""Explanations of AWS's errors, and wrong credentials, endpoints and regions."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    SSOTokenLoadError,
)

from operations.aws import Caller, SetupError, default_clients, explain, identify, region_of_bucket

CALLER = Caller("111111111111", "arn:aws:iam::111111111111:user/ann")
UNREACHABLE = "check the region, the network, AWS_ENDPOINT_URL and AWS_CA_BUNDLE"
DENIED = f"{CALLER.arn} is not authorized to perform:"


def error_of(code: str, message: str = "", operation: str = "PutObject", status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)  # type: ignore[arg-type] # only the metadata that is read


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            error_of("AccessDenied", "Access Denied", "PutBucketEncryption"),
            f"{DENIED} s3:PutEncryptionConfiguration; allow that, then run this again",
        ),
        (
            error_of("403", "Forbidden", "HeadBucket"),
            f"{DENIED} s3:ListBucket; allow that, then run this again",
        ),
        (
            error_of("AccessDenied", "", "PutBucketVersioning"),
            f"{DENIED} s3:PutBucketVersioning; allow that, then run this again",
        ),
        (
            error_of(
                "AccessDeniedException", "User: b is not authorized to perform: kms:CreateKey\n as an SCP"
            ),
            "User: b is not authorized to perform: kms:CreateKey as an SCP; allow that, then run this again",
        ),
        (error_of("ExpiredToken"), "the credentials have expired (ExpiredToken): log in again"),
        (error_of("SlowDown", "less", "ListBuckets"), "ListBuckets: SlowDown: less"),
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
            f'Could not connect to the endpoint URL: "https://a.b": {UNREACHABLE}',
        ),
        (
            InvalidRegionError(region_name="no region"),
            "Provided region_name 'no region' doesn't match a supported format.",
        ),
    ],
)
def test_an_error_is_explained_with_its_fix(error: ClientError | BotoCoreError, line: str) -> None:
    assert explain(error, CALLER) == line


def test_an_error_is_explained_without_a_caller() -> None:
    assert explain(error_of("AccessDenied")).startswith("the caller is not authorized to perform: s3:")


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure"])
def test_unknown_credentials_are_explained(code: str) -> None:
    assert explain(error_of(code)).startswith(f"AWS does not know the credentials ({code}): log in again")


def test_missing_credentials_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NoCredentialsError):
        identify(default_clients(), "us-east-1")


def test_an_endpoint_that_is_no_url_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    with pytest.raises(SetupError, match=r"nowhere: correct or unset AWS_ENDPOINT_URL"):
        identify(default_clients(), "us-east-1")


def test_a_malformed_region_is_an_error() -> None:
    with pytest.raises(InvalidRegionError):
        identify(default_clients(), "no region")


class OverloadedS3:
    """S3 as it responds when it is too busy to list the buckets."""

    def head_bucket(self, **_: str) -> None:
        raise error_of("403", "Forbidden", "HeadBucket", 403)

    def list_buckets(self, **_: str) -> None:
        raise error_of("SlowDown", "less", "ListBuckets", 503)


def test_a_bucket_whose_owner_is_unknown_is_an_error() -> None:
    with pytest.raises(ClientError, match="SlowDown"):
        region_of_bucket(OverloadedS3(), "b", CALLER)
