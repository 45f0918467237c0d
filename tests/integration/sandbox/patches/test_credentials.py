"""Only those who have a key and its secret are let in."""

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sandbox.server.process import ACCOUNT, Client, Server, start
from tests.integration.lambda_functions import make_function, zipped
from tests.integration.plain_http import send
from tests.waiting import BOUND_SECONDS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def bucket(server: Server) -> str:
    name = f"bucket-{uuid4()}"
    server.client("s3").create_bucket(Bucket=name)
    return name


def error_code(server: Server, service: str, operation: str, key: str, secret: str) -> str:
    credentials = {"AccessKeyId": key, "SecretAccessKey": secret}
    with pytest.raises(ClientError) as refused:
        getattr(server.client(service, credentials=credentials), operation)()
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize("key", ["test", ACCOUNT, "AKIAUNKNOWNUNKNOWN12"])
def test_unknown_keys_are_refused(server: Server, key: str) -> None:
    secret = server.root["SecretAccessKey"]
    assert error_code(server, "iam", "list_users", key, secret) == "InvalidClientTokenId"
    assert error_code(server, "s3", "list_buckets", key, secret) == "InvalidAccessKeyId"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("iam", "list_users", "SignatureDoesNotMatch"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
        ("dynamodb", "list_tables", "InvalidSignatureException"),
    ],
)
def test_wrong_secret_is_refused(server: Server, service: str, operation: str, code: str) -> None:
    assert error_code(server, service, operation, server.root["AccessKeyId"], "wrong") == code
    assert error_code(server, service, operation, "1" * 12, "test") == code  # the root of another account


def test_each_start_makes_another_key(server: Server, tmp_path: Path) -> None:
    other = start(tmp_path / "aws")
    try:
        assert other.root["AccessKeyId"] != server.root["AccessKeyId"]
        assert other.root["SecretAccessKey"] not in repr(other)
        assert error_code(other, "iam", "list_users", *server.root.values()) == "InvalidClientTokenId"
    finally:
        other.stop()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}], ids=["none", "bearer"])
def test_calls_without_key_are_refused(server: Server, headers: dict[str, str]) -> None:
    status, body, _ = send(server, "POST", "/", FORM | headers, "Action=ListUsers&Version=2010-05-08")
    assert (status, "MissingAuthenticationToken" in body) == (403, True)
    bucket = f"bucket-{uuid4()}"
    for method, path in (("GET", "/"), ("PUT", f"/{bucket}"), ("GET", "/2015-03-31/functions/")):
        assert send(server, method, path, headers)[0] == 403
    assert bucket not in {entry["Name"] for entry in server.client("s3").list_buckets()["Buckets"]}


@pytest.fixture(params=["s3v4", "s3"])
def signing(server: Server, request: pytest.FixtureRequest) -> Client:
    """A client that signs URLs and forms with Signature Version 4, and with Version 2."""
    client = server.client("s3", credentials=server.root)  # not shared: it gets an event handler
    client.meta.events.register_first("choose-signer.s3", lambda **_: request.param)
    return client


def test_tampered_presigned_url_is_refused(server: Server, bucket: str, signing: Client) -> None:
    for key in ("a", "b"):
        server.client("s3").put_object(Bucket=bucket, Key=key, Body=key.encode())
    url = signing.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"})
    path = url.removeprefix(server.url)
    assert send(server, "GET", path)[:2] == (200, "a")
    status, body, _ = send(server, "GET", path.replace(f"/{bucket}/a", f"/{bucket}/b"))
    assert (status, "SignatureDoesNotMatch" in body) == (403, True)


def test_tampered_form_is_refused(server: Server, bucket: str, signing: Client) -> None:
    form = signing.generate_presigned_post(bucket, "a")
    signature = next(name for name in form["fields"] if name.endswith("signature"))
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(server.ca_bundle)
        for changed in ({signature: "0" * 64}, {"policy": "e30="}, {"key": "b"}, {}):
            fields = {**form["fields"], **changed}
            files = {"file": b"content"}
            response = session.post(form["url"], fields, files=files, timeout=BOUND_SECONDS)
            assert response.status_code == (403 if changed else 204)


def test_other_body_than_the_signed_one_is_refused(server: Server, bucket: str) -> None:
    request = AWSRequest("PUT", f"{server.url}/{bucket}/key", {}, b"signed")
    S3SigV4Auth(Credentials(*server.root.values()), "s3", "us-east-1").add_auth(request)
    status, body, _ = send(server, "PUT", f"/{bucket}/key", dict(request.headers), "other")
    assert (status, "XAmzContentSHA256Mismatch" in body) == (400, True)
    assert send(server, "PUT", f"/{bucket}/key", dict(request.headers), "signed")[0] == 200


def test_credentials_of_functions_cannot_be_computed(server: Server) -> None:
    name = f"f-{uuid4()}"
    make_function(server, name, "index.handler", zipped({"index.py": "def handler(*_): pass"}))
    configuration = server.client("lambda").get_function_configuration(FunctionName=name)
    server.client("lambda").invoke(FunctionName=name)
    arns = f"{configuration['FunctionArn']}:{configuration['Role']}"
    digest = hashlib.sha256(arns.encode()).hexdigest()
    session = {
        "AccessKeyId": f"ASIA{digest[:16].upper()}",
        "SecretAccessKey": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "SessionToken": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        server.client("sts", credentials=session).get_caller_identity()
