"""Start, find and stop the embedded AWS: one MiniStack process, on loopback, IAM enforced."""

import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import botocore.session
import trustme
from botocore.config import Config

PROGRAM = Path(__file__).with_name("program.py")
HOST = "127.0.0.1"
# The id and the secret of what MiniStack takes for the account's root. It checks the signature of no
# call, so a secret of our own would keep nobody out: who reaches the port is root in there.
CREDENTIAL = "test"
ROOT = {"AccessKeyId": CREDENTIAL, "SecretAccessKey": CREDENTIAL}
ACCOUNT = "123456789012"  # AWS's own example account, so that nothing looks like a real one
# Bounds, for a machine on which many other processes compete: on a quiet one, a start takes half a second.
BOOT_SECONDS = 120.0
STOP_SECONDS = 60.0
RESPONSE_SECONDS = 120.0
HEALTH_SECONDS = 10.0
POLL_SECONDS = 0.05
LOG_TAIL_LINES = 20

Client: TypeAlias = Any
"""A boto3 client: a class that is made at run time."""


_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""The servers that this process started, by pid: it has to reap them, and holds the pipes to their stdin."""


class ServerError(Exception):
    """The embedded AWS could not be started or stopped; the message says why and what to do."""


@dataclass(frozen=True)
class Server:
    """A running embedded AWS.

    Attributes:
        url: Its endpoint, for every service: https, unless it was started without TLS.
        port: The port of `url`.
        pid: Its process, leader of a session of its own.
        directory: Where it keeps its state, certificate, log and temporary files.
    """

    url: str
    port: int
    pid: int
    directory: Path

    @property
    def ca_bundle(self) -> Path:
        """The PEM file of the authority that signed the server's certificate."""
        return self.directory / "ca.pem"

    @property
    def log(self) -> Path:
        """What the server wrote to stdout and stderr since it started."""
        return self.directory / "server.log"

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """Return the variables that point an SDK or CLI at this server as its root user."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.ca_bundle),
            "AWS_ACCESS_KEY_ID": CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
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
        """Return a client of `service` (a botocore name): the account's root, or of a session.

        It is what `boto3.client` gives, but no profile or endpoint that the user's environment
        names can send its calls anywhere else. `credentials` are a session's as STS gives them.
        """
        who = credentials or ROOT
        session: Any = _session()
        return session.create_client(
            service,
            region_name=region,
            endpoint_url=self.url,
            verify=str(self.ca_bundle),
            aws_access_key_id=who["AccessKeyId"],
            aws_secret_access_key=who["SecretAccessKey"],
            aws_session_token=who.get("SessionToken"),
            config=Config(
                connect_timeout=RESPONSE_SECONDS,  # which also bounds the TLS handshake
                read_timeout=RESPONSE_SECONDS,
                retries={"total_max_attempts": 1},
            ),
        )

    def healthy(self) -> bool:
        """Whether the server answers its health check, with TLS under the certificate made for it."""
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

        Until then the server ends when this process does, however that happens. A server that another
        process started is not changed.
        """
        child = _children.get(self.pid)
        if child and child.stdin and not child.stdin.closed:
            child.stdin.write(b"detach\n")
            child.stdin.close()

    def stop(self) -> None:
        """End the server and its Lambda workers, and return when they are gone.

        Raises:
            ServerError: It is still there after `STOP_SECONDS`.
        """
        if _held(self.directory):
            # SIGKILL, because it has nothing to save and SIGTERM waits for every idle connection;
            # the group, because its workers are in it. The lock says that the pid is still its own.
            os.killpg(self.pid, signal.SIGKILL)
        _wait(lambda: not _held(self.directory), STOP_SECONDS)
        if _held(self.directory):
            raise ServerError(f"the embedded AWS did not end: kill process {self.pid} by hand")
        child = _children.pop(self.pid, None)
        if child:
            child.communicate()  # closes the pipe, too
        (self.directory / "server.json").unlink(missing_ok=True)
        shutil.rmtree(self.directory / "tmp", ignore_errors=True)


@cache
def _session() -> botocore.session.Session:
    """Return the one session: it keeps the service models, which take seconds to read anew."""
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return botocore.session.Session(session_vars={"profile": (None,) * 4, **files})


def find(directory: Path) -> Server | None:
    """Return the server that runs in `directory`, or None.

    A server holds a lock on a file there for as long as it lives, so a state file that an ended
    server left behind (or whose pid belongs to somebody else by now) is never taken for a server.
    """
    directory = directory.resolve()
    file = directory / "server.json"
    if not _held(directory) or not file.exists():
        return None
    state = json.loads(file.read_text())
    return Server(state["url"], state["port"], state["pid"], directory)


def start(directory: Path, *, tls: bool = True) -> Server:
    """Start a server with its files in `directory`, and return when it responds.

    The server and its Lambda workers end with this process, even when it is killed (SIGKILL), unless
    `Server.detach` is called.

    Args:
        directory: Made where it is missing.
        tls: Whether it is called over TLS. Without, the stack's policies refuse honest calls to buckets,
            queues and the topic (P11), its functions' too: of use only to show that they do.

    Raises:
        ServerError: One runs or starts there already, or it did not answer within `BOOT_SECONDS`;
            then the message ends with the tail of its log.
    """
    directory = directory.resolve()
    for each in (directory, directory / "home", directory / "tmp"):
        each.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)  # it holds a private key, and what the stack calls secret
    lock = _lock(directory)
    if lock is None:
        raise ServerError(f"an embedded AWS runs or starts in {directory} already")
    try:
        (directory / "server.json").unlink(missing_ok=True)
        _make_certificate(directory)
        server = _spawn(directory, lock, tls=tls)
    finally:
        os.close(lock)  # the child holds it now
    try:
        _await_health(server)
        _write_state(server)
    except BaseException:  # Ctrl-C too
        server.stop()
        raise
    return server


def _spawn(directory: Path, lock: int, *, tls: bool) -> Server:
    """Start the process.

    It inherits the lock and a bound socket, so that no other process can take its port. Its stdin is a pipe
    whose other end this process holds: when this process ends, the server reads the end of the file.
    """
    scheme = "https" if tls else "http"
    certificate = ("--certfile", str(directory / "cert.pem"), "--keyfile", str(directory / "key.pem"))
    with socket.socket() as bound, (directory / "server.log").open("wb") as log:
        bound.bind((HOST, 0))
        port = bound.getsockname()[1]
        process = subprocess.Popen(
            # Not `python -m ministack`: as root that takes port 443 as well, and it leaves a pid
            # file in the system's temporary directory. No workers: the app runs in this process.
            # -P: without it our modules would be importable there, by names like `server`.
            [sys.executable, "-P", str(PROGRAM), "ministack.app:app", "--workers", "0",
             "--bind", f"fd://{bound.fileno()}", "--keep-alive", "75", "--graceful-timeout", "1",
             *(certificate if tls else ())],
            cwd=directory,
            env=_child_environment(directory, port, tls=tls),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(bound.fileno(), lock),
        )  # fmt: skip
    _children[process.pid] = process
    return Server(f"{scheme}://{HOST}:{port}", port, process.pid, directory)


def _child_environment(directory: Path, port: int, *, tls: bool) -> dict[str, str]:
    """Return the server's whole environment: nothing of the user's, for its Lambdas inherit it."""
    ca_bundle = str(directory / "ca.pem")
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "HOME": str(directory / "home"),
        "LANG": "C.UTF-8",
        "TMPDIR": str(directory / "tmp"),
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_CA_BUNDLE": ca_bundle,
        "REQUESTS_CA_BUNDLE": ca_bundle,
        "SSL_CERT_FILE": ca_bundle,
        "AUTH": "true",
        "USE_SSL": str(
            int(tls)
        ),  # tells MiniStack whether its own URLs, and its Lambdas' endpoint, are https
        "MINISTACK_SSL_CERT": str(directory / "cert.pem"),
        "MINISTACK_SSL_KEY": str(directory / "key.pem"),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        # Seconds before the first and, doubled, the next retry of an asynchronous call: AWS waits one
        # minute and two. How often it retries, and what follows, stays as the stack says.
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",
        "LAMBDA_ASYNC_RETRY_MAX_SECONDS": "0.2",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _make_certificate(directory: Path) -> None:
    """Write a new authority's certificate and, signed by it, one for loopback with its key."""
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", HOST)
    authority.cert_pem.write_to_path(directory / "ca.pem")
    (directory / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(directory / "key.pem")


def _await_health(server: Server) -> None:
    """Return when the server answers; raise when it ended or the bound is over."""
    healthy = False

    def decided() -> bool:
        nonlocal healthy
        healthy = server.healthy()
        return healthy or not _held(server.directory)

    _wait(decided, BOOT_SECONDS)
    if healthy:
        return
    reason = "did not answer in time" if _held(server.directory) else "ended at once"
    tail = "\n".join(server.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
    raise ServerError(f"the embedded AWS {reason}; its log, {server.log}, ends:\n{tail}")


def _write_state(server: Server) -> None:
    names = ("url", "port", "pid")
    state = {name: getattr(server, name) for name in names}
    (server.directory / "server.json").write_text(json.dumps(state))


def _lock(directory: Path) -> int | None:
    """Take the directory's lock; None when a living server (or one that starts) holds it."""
    descriptor = os.open(directory / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _held(directory: Path) -> bool:
    """Whether a server holds the directory's lock."""
    if not directory.is_dir():
        return False
    descriptor = _lock(directory)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    """Return when `condition` holds or `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
