"""The server process: one a directory, found by other processes, ended with the process that started it."""

import http.client
import json
import os
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from sandbox.errors import ServerError
from sandbox.server import lock, process
from sandbox.server.process import ACCOUNT, HOST, Server, find, start
from tests.integration.lambda_functions import make_function, zipped
from tests.processes import is_alive, python_process
from tests.waiting import BOUND_SECONDS, eventually

STARTER = """
import sys, time
from pathlib import Path
from sandbox.server.process import start

server = start(Path(sys.argv[1]))
if sys.argv[2:] == ["detach"]:
    server.detach()
print("started", flush=True)
time.sleep(600)
"""
PID = "import os\n\ndef handler(event, context):\n    return os.getpid()\n"
SOCKETS = Path("/proc/net/tcp")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    server = start(tmp_path / "aws")
    yield server
    server.stop()


def program(directory: Path, script: str) -> str:
    """Return an executable to run in the place of the server's."""
    file = directory / "program"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_server_responds_over_https_to_the_root_user(running: Server) -> None:
    assert running.is_healthy()
    assert running.url == f"https://127.0.0.1:{running.port}"
    identity = running.client("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")


def test_session_is_limited_to_the_policies_of_its_role(running: Server) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    iam = running.client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    statement = {"Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy)
    session = running.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    assert running.client("dynamodb", credentials=session).list_tables()["TableNames"] == []
    with pytest.raises(ClientError, match="is not authorized to perform: sns:ListTopics"):
        running.client("sns", credentials=session).list_topics()


@pytest.mark.skipif(not SOCKETS.exists(), reason="reads the list of sockets in /proc, which only Linux has")
def test_server_listens_on_loopback_only(running: Server) -> None:
    local_addresses = [line.split()[1] for line in SOCKETS.read_text().splitlines()]
    addresses = [address for address in local_addresses if address.endswith(f":{running.port:04X}")]
    assert addresses
    assert all(address.startswith("0100007F:") for address in addresses)


def test_environment_points_sdks_at_the_server(running: Server) -> None:
    assert running.environment("us-west-2") == {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_CA_BUNDLE": str(running.ca_bundle),
        "AWS_ACCESS_KEY_ID": running.root["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": running.root["SecretAccessKey"],
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
    }


def test_clients_ignore_the_environment(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.invalid")
    process._session.cache_clear()
    assert running.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_only_the_owner_can_read_the_directory(running: Server) -> None:
    assert stat.S_IMODE(running.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((running.directory / "server.json").stat().st_mode) == 0o600


def test_directory_has_one_server_which_is_found_until_it_stops(running: Server) -> None:
    assert find(running.directory) == running
    with pytest.raises(ServerError, match=r"runs or starts in .*aws already"):
        start(running.directory)
    server = find(running.directory)
    assert server is not None
    server.stop()
    assert find(running.directory) is None
    assert not running.is_healthy()
    running.stop()  # has no effect


def test_state_file_of_ended_server_is_ignored(tmp_path: Path) -> None:
    assert find(tmp_path / "never") is None
    state = {"url": "https://127.0.0.1:1", "port": 1, "pid": os.getpid(), "started": "before", "root": {}}
    (tmp_path / "server.json").write_text(json.dumps(state))
    assert find(tmp_path) is None  # although a process has that pid: this one


def test_error_of_server_that_ends_contains_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path, "echo the reason; exit 3"))
    with pytest.raises(ServerError, match=r"ended while it started\. Its log, .*, ends with: the reason$"):
        start(tmp_path / "aws")
    assert find(tmp_path / "aws") is None


def test_server_that_does_not_respond_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path, "echo working on it; exec sleep 60"))
    monkeypatch.setattr(process, "BOOT_SECONDS", 0.3)
    with pytest.raises(ServerError, match=r"did not respond within 0\.3 s\. .* ends with: working on it$"):
        start(tmp_path / "aws")
    assert not lock.is_held(tmp_path / "aws")


def test_error_names_a_server_that_does_not_end(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "killpg", lambda *_: None)
        patched.setattr(process, "STOP_SECONDS", 0.1)
        with pytest.raises(ServerError, match=f"did not end within 0.1 s: kill process {running.pid}"):
            running.stop()
    assert find(running.directory) == running


@contextmanager
def process_that_starts_a_server(directory: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Give a process that has started a server in `directory` and waits."""
    with python_process("-c", STARTER, str(directory), *arguments) as starter:
        assert starter.stdout
        assert starter.stdout.readline() == "started\n"
        yield starter


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_server_and_workers_end_with_the_process_that_started_the_server(
    tmp_path: Path, signal_number: signal.Signals
) -> None:
    with process_that_starts_a_server(tmp_path / "aws") as starter:
        running = find(tmp_path / "aws")
        assert running
        make_function(running, "f", "index.handler", zipped({"index.py": PID}))
        worker = json.load(running.client("lambda").invoke(FunctionName="f")["Payload"])
        assert is_alive(worker)
        starter.send_signal(signal_number)
        eventually(lambda: find(tmp_path / "aws") is None)
    eventually(lambda: not is_alive(worker))
    assert not running.is_healthy()


def test_detached_server_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    with process_that_starts_a_server(tmp_path / "aws", "detach") as starter:
        starter.kill()
    running = find(tmp_path / "aws")
    assert running
    assert running.is_healthy()
    running.detach()  # has no effect: this process did not start it
    running.stop()
    assert find(tmp_path / "aws") is None


def test_connection_outlives_a_thousand_requests(running: Server) -> None:
    """Hypercorn would close it, and lose the responses under way on it in HTTP/2."""
    context = ssl.create_default_context(cafile=running.ca_bundle)
    connection = http.client.HTTPSConnection(HOST, running.port, timeout=BOUND_SECONDS, context=context)
    for _ in range(1002):
        connection.request("HEAD", "/_ministack/health")
        response = connection.getresponse()
        response.read()
        assert response.getheader("connection") is None
    connection.close()
