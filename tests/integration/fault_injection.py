"""Inject faults into AWS calls.

A fault replaces an HTTP request after the SDK has signed it, so the SDK's real retries follow. It affects the
next requests of one operation, and each attempt counts: the SDK recovers from a fault that is injected once;
the handler sees a fault that is injected always. All other requests really reach the embedded AWS.

Each injected fault is recorded as a property of the test, `fault`, with the function that made the call, the
operation and the name of the fault, such as `tasks.post PutItem timeout`. `make proof` counts them.
"""

import io
import json
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from traceback import walk_stack
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ReadTimeoutError

from handlers.common import clients
from handlers.common.clients import Client

ALWAYS = sys.maxsize


class FunctionKilled(BaseException):
    """The function's process ends here. No handler catches this exception."""


@dataclass(frozen=True)
class Fault:
    """A fault of one request.

    Attributes:
        name: Name in test ids and recorded properties, without spaces.
        respond: Takes the client and the request; returns the response or raises an error in its place.
        reaches_aws: Whether the call takes effect nevertheless.
    """

    name: str
    respond: Callable[[Client, AWSPreparedRequest], AWSResponse]
    reaches_aws: bool = False

    def __str__(self) -> str:
        return self.name


def error_response(name: str, code: str, status: int) -> Fault:
    """Return a fault that responds with an AWS error, in the format of the service that is called."""
    return Fault(name, lambda client, request: _error_response(client, request, code, status))


def canned_response(name: str, content: bytes, status: int, headers: Mapping[str, str]) -> Fault:
    """Return a fault that responds with fixed content."""
    response_headers: Any = HeadersDict(headers)
    return Fault(name, lambda _, request: AWSResponse(request.url, status, response_headers, _Raw(content)))


def _error(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    code = "InternalError" if _speaks_xml(client) else "InternalServerError"
    return _error_response(client, request, code, 500)


def _throttle(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    code, status = ("SlowDown", 503) if _speaks_xml(client) else ("ThrottlingException", 400)
    return _error_response(client, request, code, status)


def _time_out(_client: Client, request: AWSPreparedRequest) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=request.url)


def _lose_response(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    _send(client, request)
    raise ReadTimeoutError(endpoint_url=request.url)


def _kill_before_call(_client: Client, _request: AWSPreparedRequest) -> AWSResponse:
    raise FunctionKilled


def _kill_after_call(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    _send(client, request)
    raise FunctionKilled


ERROR = Fault("error", _error)
THROTTLE = Fault("throttle", _throttle)
TIMEOUT = Fault("timeout", _time_out)
LOST_RESPONSE = Fault("lost-response", _lose_response, reaches_aws=True)
KILL_BEFORE = Fault("kill-before", _kill_before_call)
KILL_AFTER = Fault("kill-after", _kill_after_call, reaches_aws=True)

TRANSIENT_FAULTS = (ERROR, THROTTLE, TIMEOUT, LOST_RESPONSE)
"""Faults after which the SDK retries. The handler sees them if all attempts fail."""

KILLS = (KILL_BEFORE, KILL_AFTER)
"""Faults that end the function, so they can be injected only once."""


class Injection(NamedTuple):
    """A fault, and the number of requests that it affects."""

    fault: Fault
    times: int

    @property
    def recovered_by_retry(self) -> bool:
        """Whether the SDK's second attempt succeeds."""
        return self.fault in TRANSIENT_FAULTS and self.times == 1

    def __str__(self) -> str:
        return f"{self.fault}-{'once' if self.times == 1 else 'always'}"


INJECTIONS = [
    *(Injection(fault, times) for fault in TRANSIENT_FAULTS for times in (1, ALWAYS)),
    *(Injection(kill, 1) for kill in KILLS),
]
"""Every way in which a call can fail."""


def record_property(name: str, value: object) -> None:
    """Record a property of the running test. The fixture `record_faults` replaces this function."""


@contextmanager
def inject(
    fault: Fault,
    client: Client,
    operation: str,
    times: int = 1,
    *,
    after: int = 0,
    body_contains: str = "",
    arranges: bool = False,
) -> Iterator[list[str]]:
    """Inject `fault` into requests of an operation.

    Args:
        fault: The fault.
        client: The client whose requests are affected.
        operation: API operation, such as `PutItem`.
        times: Number of affected requests.
        after: Number of requests before them that are not affected.
        body_contains: Text that a request must contain to be affected, such as a table name; "" for all.
        arranges: The fault only arranges the situation that the test is about, so it is not recorded.

    Yields:
        The URLs of the affected requests, so far.

    Raises:
        AssertionError: No request was affected, so the test proves nothing.
    """
    requests = count()
    affected: list[str] = []

    def intercept(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        body: Any = request.body
        if body_contains and body_contains.encode() not in body:
            return None
        if next(requests) < after or len(affected) == times:
            return None
        affected.append(request.url)
        if not arranges:
            _record(operation, fault)
        return fault.respond(client, request)

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, intercept)
    try:
        yield affected
    finally:
        client.meta.events.unregister(event, intercept)
    assert affected, f"{operation} was not called"


def _record(operation: str, fault: Fault) -> None:
    """Record a fault for the function whose entry point is on the call stack; nothing if there is none."""
    for frame, _ in walk_stack(None):
        module = frame.f_globals["__name__"]
        if module.startswith("handlers.") and "handler" in frame.f_globals:
            record_property("fault", f"{module.removeprefix('handlers.')} {operation} {fault}")
            return


@contextmanager
def unresponsive(client: Client, after: int = 0) -> Iterator[None]:
    """Redirect a client's requests, after the first `after`, to a socket that accepts but never responds.

    So timeouts are real, and so are the pauses between attempts.
    """
    requests = count()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as silent_server:
        url = f"http://127.0.0.1:{silent_server.getsockname()[1]}/"

        def redirect(request: AWSPreparedRequest, **_: object) -> None:
            if next(requests) >= after:
                request.url = url

        event = f"before-send.{client.meta.service_model.service_id.hyphenize()}"
        client.meta.events.register(event, redirect)
        try:
            yield
        finally:
            client.meta.events.unregister(event, redirect)


def longest_duration(client: Client, fault: Fault, attempts: int) -> float:
    """Return the most seconds that the attempts of one call can take on AWS, including pauses.

    A timeout takes as long as the client's configuration says. Pauses are at most 1, 2, 4 ... seconds.
    """
    config = client.meta.config
    per_attempt = config.connect_timeout + config.read_timeout if fault in (TIMEOUT, LOST_RESPONSE) else 0
    pauses = min(attempts, config.retries["total_max_attempts"] - 1)
    return attempts * float(per_attempt) + sum(2.0**number for number in range(pauses))


def reset_clients(patch: pytest.MonkeyPatch) -> None:
    """Make handlers create new clients, whose SDK retries without pauses.

    They must be new, because a client counts its failures and retries less and less.
    """
    clients._client.cache_clear()
    patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))


class _Raw(io.BytesIO):
    """The body of a response with the interface of urllib3."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _error_response(client: Client, request: AWSPreparedRequest, code: str, status: int) -> AWSResponse:
    if _speaks_xml(client):
        body = f"<Error><Code>{code}</Code><Message>injected fault</Message></Error>"
    else:
        body = json.dumps({"__type": code, "message": "injected fault"})
    content = b"" if request.method == "HEAD" else body.encode()  # a response to HEAD never has a body
    headers: Any = HeadersDict({"x-amzn-errortype": code})
    return AWSResponse(request.url, status, headers, _Raw(content))


def _speaks_xml(client: Client) -> bool:
    return str(client.meta.service_model.resolved_protocol) == "rest-xml"


def _send(client: Client, request: AWSPreparedRequest) -> None:
    client._endpoint.http_session.send(request)
