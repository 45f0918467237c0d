"""Start, find and stop the embedded AWS: a MiniStack process that listens on loopback and enforces IAM."""

import base64
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import botocore.session
import trustme
from botocore.config import Config

from sandbox.errors import ServerError
from sandbox.server import lock

STATE = "server.json"
PROGRAM = Path(__file__).with_name("program.py")
HOST = "127.0.0.1"
ACCOUNT = "123456789012"  # the account in AWS's examples, so that no ARN looks real
# Bounds, for a machine on which many other processes compete: on a quiet one, a start takes half a second.
BOOT_SECONDS = 120.0
STOP_SECONDS = 60.0
RESPONSE_SECONDS = 120.0
HEALTH_SECONDS = 10.0
POLL_SECONDS = 0.05

Client: TypeAlias = Any
"""A boto3 client: botocore creates its class at run time."""

_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""The servers that this process started, by pid. It reaps them, and holds the pipes to their stdin."""


@dataclass(frozen=True)
class Server:
    """A running embedded AWS.

    Attributes:
        url: The endpoint of every service: https, unless the server was started without TLS.
        port: The port of `url`.
        pid: The process, which leads its own session.
        started: When the process started, as `lock.start_time` tells it; None if it had ended at once.
        root: The access key of the root user, as STS returns credentials. Each start makes another one.
        directory: The directory of its state, certificate, log and temporary files.
    """

    url: str
    port: int
    pid: int
    started: str | None
    root: Mapping[str, str] = field(repr=False, hash=False)
    directory: Path

    @property
    def ca_bundle(self) -> Path:
        """The PEM file of the certificate authority that signed the server's certificate."""
        return self.directory / "ca.pem"

    @property
    def log(self) -> Path:
        """The file with what the server has written to stdout and stderr."""
        return self.directory / "server.log"

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """Return the environment variables that make AWS SDKs and CLIs call this server as the root user."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.ca_bundle),
            "AWS_ACCESS_KEY_ID": self.root["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.root["SecretAccessKey"],
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    def client(
        self,
        service: str,
        region: str = "us-east-1",
        *,
        credentials: Mapping[str, str] | None = None,
    ) -> Client:
        """Return a client of this server, as `boto3.client` does.

        Profiles and endpoints in the user's environment have no effect on it. The root user's clients, which
        take as long to create as several calls, are shared: register no event handlers with them.

        Args:
            service: botocore's name of the service.
            region: The region of the calls.
            credentials: Those of a session, as STS returns them. The default is the root user.
        """
        if credentials is None:
            return _root_client(self, service, region)
        return self._create_client(service, region, credentials)

    def _create_client(self, service: str, region: str, credentials: Mapping[str, str]) -> Client:
        session: Any = _session()
        return session.create_client(
            service,
            region_name=region,
            endpoint_url=self.url,
            verify=str(self.ca_bundle),
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
            config=Config(
                connect_timeout=RESPONSE_SECONDS,  # which also bounds the TLS handshake
                read_timeout=RESPONSE_SECONDS,
                retries={"total_max_attempts": 1},
            ),
        )

    def is_healthy(self) -> bool:
        """Whether the server responds to its health check, with the certificate that was issued for it."""
        connection = self._connection()
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if not self.url.startswith("https:"):
            return http.client.HTTPConnection(HOST, self.port, timeout=HEALTH_SECONDS)
        context = ssl.create_default_context(cafile=self.ca_bundle)
        return http.client.HTTPSConnection(HOST, self.port, timeout=HEALTH_SECONDS, context=context)

    def detach(self) -> None:
        """Let the server outlive this process, which started it.

        Without this call the server ends when this process ends, for whatever reason. A call for a server
        that another process started has no effect.
        """
        child = _children.get(self.pid)
        if child and child.stdin and not child.stdin.closed:
            child.stdin.write(b"detach\n")
            child.stdin.close()

    def stop(self) -> None:
        """End the server and its Lambda workers, and return when the server has ended.

        Raises:
            ServerError: It still runs after `STOP_SECONDS`.
        """
        if self.is_running():
            # SIGKILL, because there is nothing to save and SIGTERM waits for idle connections. The whole
            # group, because it contains the workers.
            os.killpg(self.pid, signal.SIGKILL)
        _wait(lambda: not self.is_running(), STOP_SECONDS)
        if self.is_running():
            raise ServerError(
                f"the embedded AWS did not end within {STOP_SECONDS:g} s: kill process {self.pid}"
            )
        child = _children.pop(self.pid, None)
        if child:
            child.communicate()  # closes the pipe, too
        descriptor = lock.acquire(self.directory)
        if descriptor is not None:  # otherwise the files are those of the next server
            (self.directory / STATE).unlink(missing_ok=True)
            shutil.rmtree(self.directory / "tmp", ignore_errors=True)
            os.close(descriptor)

    def is_running(self) -> bool:
        """Whether the process runs: it holds the lock, and its pid does not belong to another process now."""
        return (
            lock.is_held(self.directory)
            and self.started is not None
            and lock.start_time(self.pid) == self.started
        )


@cache
def _root_client(server: Server, service: str, region: str) -> Client:
    return server._create_client(service, region, server.root)  # noqa: SLF001 - this module's


@cache
def _session() -> botocore.session.Session:
    """Return the only session. It caches the service models, which take seconds to read."""
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return botocore.session.Session(session_vars={"profile": (None,) * 4, **files})


def find(directory: Path) -> Server | None:
    """Return the server that runs in `directory`, or None.

    A state file of an ended server, whose pid may belong to another process now, is never mistaken for a
    server.
    """
    directory = directory.resolve()
    try:
        server = Server(**json.loads((directory / STATE).read_text()), directory=directory)
    except (FileNotFoundError, TypeError):  # TypeError: another version of the project has written it
        return None
    return server if server.is_running() else None


def start(directory: Path, *, tls: bool = True) -> Server:
    """Start a server with its files in `directory`, and return when it responds.

    The server and its Lambda workers end with this process, even when it is killed (SIGKILL), unless
    `Server.detach` is called.

    Args:
        directory: Created if missing.
        tls: Whether the server uses TLS. Without TLS the stack's policies deny every call to its buckets,
            queues and topics (P11), those of its own functions too. Only a test of these policies needs that.

    Raises:
        ServerError: A server runs or starts there already, or the new one does not respond within
            `BOOT_SECONDS`. The message ends with the last line of its log then.
    """
    directory = directory.resolve()
    for path in (directory, directory / "home", directory / "tmp"):
        path.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)  # it contains private keys and the stack's secrets
    descriptor = lock.acquire(directory)
    if descriptor is None:
        raise ServerError(f"an embedded AWS runs or starts in {directory} already: stop it first (make down)")
    try:
        (directory / STATE).unlink(missing_ok=True)
        _make_certificate(directory)
        server = _spawn(directory, descriptor, tls=tls)
    finally:
        os.close(descriptor)  # the child process holds its copy
    try:
        _await_health(server)
        _write_state(server)
    except BaseException:  # Ctrl-C too
        server.stop()
        raise
    return server


def _spawn(directory: Path, lock_descriptor: int, *, tls: bool) -> Server:
    """Start the process.

    It inherits the lock and a bound socket, so that no other process can take its port. Its stdin is a pipe
    of which this process holds the other end: when this process ends, the server reads the end of the file.
    """
    scheme = "https" if tls else "http"
    root = {
        "AccessKeyId": f"AKIA{base64.b32encode(secrets.token_bytes(10)).decode()}",
        "SecretAccessKey": secrets.token_urlsafe(30),
    }
    certificate = ("--certfile", str(directory / "cert.pem"), "--keyfile", str(directory / "key.pem"))
    with socket.socket() as bound, (directory / "server.log").open("wb") as log:
        bound.bind((HOST, 0))
        port = bound.getsockname()[1]
        process = subprocess.Popen(
            # Not `python -m ministack`, which as root listens on port 443 too, and leaves a pid file in the
            # system's temporary directory. `--workers 0` runs the app in this process. -P keeps the modules
            # beside the program from being importable under their bare names.
            [sys.executable, "-P", str(PROGRAM), "ministack.app:app", "--workers", "0",
             "--bind", f"fd://{bound.fileno()}", "--keep-alive", "75", "--graceful-timeout", "1",
             *(certificate if tls else ())],
            cwd=directory,
            env=_child_environment(directory, port, root, tls=tls),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(bound.fileno(), lock_descriptor),
        )  # fmt: skip
    _children[process.pid] = process
    started = lock.start_time(process.pid)
    return Server(f"{scheme}://{HOST}:{port}", port, process.pid, started, root, directory)


def _child_environment(directory: Path, port: int, root: Mapping[str, str], *, tls: bool) -> dict[str, str]:
    """Return the server's whole environment. The user's is left out: the Lambda functions inherit it."""
    ca_bundle = str(directory / "ca.pem")
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "HOME": str(directory / "home"),
        "LANG": "C.UTF-8",
        "TMPDIR": str(directory / "tmp"),
        "AWS_ACCESS_KEY_ID": root["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": root["SecretAccessKey"],
        "AWS_CA_BUNDLE": ca_bundle,
        "REQUESTS_CA_BUNDLE": ca_bundle,
        "SSL_CERT_FILE": ca_bundle,
        "AUTH": "true",
        # Whether MiniStack's own URLs, and the endpoint of the Lambda functions, are https.
        "USE_SSL": str(int(tls)),
        "MINISTACK_SSL_CERT": str(directory / "cert.pem"),
        "MINISTACK_SSL_KEY": str(directory / "key.pem"),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        # Seconds before the first retry of an asynchronous invocation, and twice that before the second. AWS
        # waits one and two minutes. The stack sets the number of retries and the destination of failures.
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",
        "LAMBDA_ASYNC_RETRY_MAX_SECONDS": "0.2",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _make_certificate(directory: Path) -> None:
    """Issue a certificate for loopback, signed by a new authority, and write both and the key."""
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", HOST)
    authority.cert_pem.write_to_path(directory / "ca.pem")
    (directory / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(directory / "key.pem")


def _await_health(server: Server) -> None:
    """Return when the server responds; raise when it has ended, or after `BOOT_SECONDS`."""
    healthy = False

    def decided() -> bool:
        nonlocal healthy
        healthy = server.is_healthy()
        return healthy or not lock.is_held(server.directory)

    _wait(decided, BOOT_SECONDS)
    if healthy:
        return
    reason = (
        f"did not respond within {BOOT_SECONDS:g} s"
        if lock.is_held(server.directory)
        else "ended while it started"
    )
    lines = server.log.read_text(errors="replace").split("\n")
    last_line = next((line for line in reversed(lines) if line.strip()), "nothing")
    raise ServerError(f"the embedded AWS {reason}. Its log, {server.log}, ends with: {last_line}")


def _write_state(server: Server) -> None:
    """Write what `find` reads, in one step: it never reads a part."""
    state = {name: value for name, value in vars(server).items() if name != "directory"}
    file = server.directory / f"{STATE}.new"
    file.touch(mode=0o600)  # it contains the root user's key
    file.write_text(json.dumps(state))
    file.replace(server.directory / STATE)


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    """Return when `condition` holds, or after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
