"""Requests of other users, of pages in a browser, and to other host names are refused."""

import os
from uuid import uuid4

import pytest

from sandbox.server.process import Server
from tests.integration.plain_http import send
from tests.processes import python_process
from tests.waiting import BOUND_SECONDS

FOREIGN = "https://foreign.example"
NOBODY = 65534
UNPRIVILEGED = """
import encodings.idna, http.client, os, ssl, sys, time

directory, port, user = sys.argv[1:]
os.setgroups([])
os.setgid(int(user))
os.setuid(int(user))
try:
    os.listdir(directory)
except PermissionError:
    print("denied")
date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
key = f"Credential=test/{date[:8]}/us-east-1/iam/aws4_request"
authorization = f"AWS4-HMAC-SHA256 {key}, SignedHeaders=host, Signature=0"
headers = {"Authorization": authorization, "X-Amz-Date": date}
connection = http.client.HTTPSConnection("127.0.0.1", int(port), context=ssl._create_unverified_context())
connection.request("POST", "/", "Action=ListUsers&Version=2010-05-08", headers)
print("InvalidClientTokenId" in connection.getresponse().read().decode())
"""


@pytest.mark.parametrize(
    "host", ["foreign.example:{}", "localhost.foreign.example:{}", "127.0.0.1", "[::1]:80"]
)
def test_names_of_other_hosts_are_refused(server: Server, host: str) -> None:
    """A page whose name resolves to loopback (DNS rebinding) has no foreign origin, but a foreign host."""
    headers = {"Host": host.format(server.port)}
    assert send(server, "GET", "/_ministack/health", headers)[0] == 421


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "LocalHost:{}", "a.execute-api.localhost:{}"])
def test_names_of_loopback_are_served(server: Server, host: str) -> None:
    assert send(server, "GET", "/_ministack/health", {"Host": host.format(server.port)})[0] == 200


@pytest.mark.parametrize("origin", [FOREIGN, "null", "https://127.0.0.1:1", "http://127.0.0.1:{}"])
def test_pages_of_other_origins_are_refused(server: Server, origin: str) -> None:
    page = {"Origin": origin.format(server.port)}
    preflight = page | {"Access-Control-Request-Method": "POST"}
    for response in (
        send(server, "POST", "/", page, "Action=ListUsers&Version=2010-05-08"),
        send(server, "OPTIONS", "/", preflight),
        send(server, "OPTIONS", "/2015-03-31/functions", preflight),
    ):
        assert response[:2] == (403, '{"message": "the origin of this page may not call this server"}')
        assert "access-control-allow-origin" not in response[2]


def test_responses_allow_no_origin_by_default(server: Server) -> None:
    responses = []
    sts = server.client("sts", credentials=server.root)  # not shared: it gets an event handler
    sts.meta.events.register("after-call", lambda http_response, **_: responses.append(http_response))
    sts.get_caller_identity()
    assert not [name for name in responses[0].headers if name.lower().startswith("access-control-")]


def test_buckets_answer_preflights_by_their_own_configuration(server: Server) -> None:
    bucket, s3 = f"bucket-{uuid4()}", server.client("s3")
    s3.create_bucket(Bucket=bucket)
    rule = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://a.example"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    method = {"Access-Control-Request-Method": "PUT"}
    _, _, headers = send(server, "OPTIONS", f"/{bucket}/key", method | {"Origin": "https://a.example"})
    assert headers["access-control-allow-origin"] == "https://a.example"
    status, _, headers = send(server, "OPTIONS", f"/{bucket}/key", method | {"Origin": FOREIGN})
    assert (status, "access-control-allow-origin" in headers) == (403, False)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_ministack/config"),
        ("POST", "/_ministack/reset"),
        ("GET", "/_ministack/lambda-code/f"),
        ("GET", "/_localstack/health"),
    ],
)
def test_control_endpoints_are_closed(server: Server, method: str, path: str) -> None:
    assert send(server, method, path)[0] == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_other_users_of_the_machine_are_refused(server: Server) -> None:
    with python_process("-c", UNPRIVILEGED, str(server.directory), str(server.port), str(NOBODY)) as process:
        output, _ = process.communicate(timeout=BOUND_SECONDS)
    assert output.split() == ["denied", "True"]
