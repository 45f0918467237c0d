"""The server's life: one a directory, found by others, never mistaken for another process."""

import http.client
import json
import os
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from sandbox.server import process as server
from sandbox.server.process import HOST, Server, ServerError, find, start
from tests.integration.lambda_functions import make_function, zipped
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
    started = start(tmp_path / "aws")
    yield started
    started.stop()


def program(directory: Path, script: str) -> str:
    """An executable that is run in the server's place."""
    file = directory / "program"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_answers_as_the_account_s_root_over_https(running: Server) -> None:
    assert running.healthy()
    assert running.url == f"https://127.0.0.1:{running.port}"
    identity = running.client("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (server.ACCOUNT, f"arn:aws:iam::{server.ACCOUNT}:root")


def test_a_session_may_do_what_its_role_was_granted_and_no_more(running: Server) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": server.ACCOUNT}}
    iam = running.client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    allowed = {"Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy)
    session = running.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    assert running.client("dynamodb", credentials=session).list_tables()["TableNames"] == []
    with pytest.raises(ClientError, match="is not authorized to perform: sns:ListTopics"):
        running.client("sns", credentials=session).list_topics()


@pytest.mark.skipif(not SOCKETS.exists(), reason="reads the kernel's list of sockets, which Linux alone has")
def test_listens_on_loopback_alone(running: Server) -> None:
    addresses = SOCKETS.read_text().splitlines()
    mine = [line.split()[1] for line in addresses if line.split()[1].endswith(f":{running.port:04X}")]
    assert mine
    assert all(address.startswith("0100007F:") for address in mine)


def test_its_environment_points_a_client_at_it(running: Server) -> None:
    assert running.environment("us-west-2") == {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_CA_BUNDLE": str(running.ca_bundle),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
    }


def test_no_profile_of_the_user_s_reaches_a_client(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.invalid")
    server._session.cache_clear()
    assert running.client("sts").get_caller_identity()["Account"] == server.ACCOUNT


def test_its_files_are_the_owner_s_alone(running: Server) -> None:
    assert stat.S_IMODE(running.directory.stat().st_mode) == 0o700


def test_is_found_by_its_directory_and_is_the_only_one_there(running: Server) -> None:
    assert find(running.directory) == running
    with pytest.raises(ServerError, match=r"runs or starts in .*aws already"):
        start(running.directory)
    found = find(running.directory)
    assert found is not None
    found.stop()
    assert find(running.directory) is None
    assert not running.healthy()
    running.stop()  # again is no harm


def test_what_a_dead_server_left_is_no_server(tmp_path: Path) -> None:
    assert find(tmp_path / "never") is None
    state = {"url": "https://127.0.0.1:1", "port": 1, "pid": os.getpid()}
    (tmp_path / "server.json").write_text(json.dumps(state))
    assert find(tmp_path) is None  # though the process of that number lives: it is this one


def test_a_server_that_ends_at_once_shows_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path, "echo the reason; exit 3"))
    with pytest.raises(ServerError, match=r"ended at once; its log, .*server\.log, ends:\nthe reason"):
        start(tmp_path / "aws")
    assert find(tmp_path / "aws") is None


def test_a_server_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path, "echo working on it; exec sleep 60"))
    monkeypatch.setattr(server, "BOOT_SECONDS", 0.3)
    with pytest.raises(ServerError, match=r"did not answer in time; .*\nworking on it"):
        start(tmp_path / "aws")
    assert not server._held(tmp_path / "aws")


def test_a_server_that_does_not_end_is_named(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "killpg", lambda *_: None)
        patched.setattr(server, "STOP_SECONDS", 0.1)
        with pytest.raises(ServerError, match=f"kill process {running.pid} by hand"):
            running.stop()
    assert find(running.directory) == running


def started_by_another_process(directory: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Return a process that has started a server in `directory` and waits."""
    command = [sys.executable, "-c", STARTER, str(directory), *arguments]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    assert starter.stdout.readline() == "started\n"
    return starter


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        # In a container without an init process nobody reaps an orphan: a zombie has ended.
        return not Path("/proc").is_dir() or status.read_text().rpartition(") ")[2][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_server_and_workers_end_with_the_process_that_started_the_server(
    tmp_path: Path, signal_number: signal.Signals
) -> None:
    with started_by_another_process(tmp_path / "aws") as starter:
        running = find(tmp_path / "aws")
        assert running
        make_function(running, "f", "index.handler", zipped({"index.py": PID}))
        worker = json.load(running.client("lambda").invoke(FunctionName="f")["Payload"])
        assert is_alive(worker)
        starter.send_signal(signal_number)
    eventually(lambda: find(tmp_path / "aws") is None)
    eventually(lambda: not is_alive(worker))
    assert not running.healthy()


def test_detached_server_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    with started_by_another_process(tmp_path / "aws", "detach") as starter:
        starter.kill()
    running = find(tmp_path / "aws")
    assert running
    assert running.healthy()
    running.detach()  # no harm: this process did not start it
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
