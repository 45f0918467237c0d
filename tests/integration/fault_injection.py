"""Faults of AWS calls, put where a request leaves the SDK, so that the SDK's real retries come next.

A fault strikes the next requests of one operation: each attempt counts, so a fault that strikes once is one
that the SDK gets over, and one that strikes always is one that the handler sees. What is not struck, and
everything that a fault lets through, really happens on the embedded AWS.
"""

import io
import json
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ReadTimeoutError

from handlers.common import clients
from handlers.common.clients import Client

ALWAYS = sys.maxsize


class FunctionKilled(BaseException):
    """The function dies here, as if its process had ended: no handler catches this."""


@dataclass(frozen=True)
class Fault:
    """Something that happens to a request.

    Attributes:
        name: For the ids of tests.
        respond: Gets the client and the request; answers it, or raises what the SDK or nobody is to catch.
        reaches_aws: Whether the call has its effect all the same.
    """

    name: str
    respond: Callable[[Client, AWSPreparedRequest], AWSResponse]
    reaches_aws: bool = False

    def __str__(self) -> str:
        return self.name


def error_response(name: str, code: str, status: int) -> Fault:
    """Return the fault that answers with an AWS error, in the words of the service that is called."""
    return Fault(name, lambda client, request: _refused(client, request, code, status))


def canned_response(name: str, content: bytes, status: int, headers: Mapping[str, str]) -> Fault:
    """Return the fault that answers with whatever is given."""
    sent: Any = HeadersDict(headers)
    return Fault(name, lambda _, request: AWSResponse(request.url, status, sent, _Raw(content)))


def _error(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    return _refused(client, request, "InternalError" if _speaks_xml(client) else "InternalServerError", 500)


def _throttled(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    code, status = ("SlowDown", 503) if _speaks_xml(client) else ("ThrottlingException", 400)
    return _refused(client, request, code, status)


def _timed_out(_client: Client, request: AWSPreparedRequest) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=request.url)


def _lost(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    _send(client, request)
    raise ReadTimeoutError(endpoint_url=request.url)


def _killed_before(_client: Client, _request: AWSPreparedRequest) -> AWSResponse:
    raise FunctionKilled


def _killed_after(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    _send(client, request)
    raise FunctionKilled


ERROR = Fault("error", _error)
THROTTLE = Fault("throttle", _throttled)
TIMEOUT = Fault("timeout", _timed_out)
LOST_RESPONSE = Fault("lost-answer", _lost, reaches_aws=True)
KILL_BEFORE = Fault("kill-before", _killed_before)
KILL_AFTER = Fault("kill-after", _killed_after, reaches_aws=True)

FAILURES = (ERROR, THROTTLE, TIMEOUT, LOST_RESPONSE)
"""What the SDK tries again, and a handler has to answer when that is in vain."""

KILLS = (KILL_BEFORE, KILL_AFTER)
"""What ends the function: one strike is all there can be."""


class Injection(NamedTuple):
    """A fault that strikes so many times."""

    fault: Fault
    times: int

    @property
    def recovered_by_retry(self) -> bool:
        """Whether the SDK gets over it."""
        return self.fault in FAILURES and self.times == 1

    def __str__(self) -> str:
        return f"{self.fault}-{'once' if self.times == 1 else 'always'}"


INJECTIONS = [Injection(fault, times) for fault in FAILURES for times in (1, ALWAYS)] + [
    Injection(kill, 1) for kill in KILLS
]
"""Everything that can happen to a call."""


@contextmanager
def inject(
    fault: Fault, client: Client, operation: str, times: int = 1, *, about: str = ""
) -> Iterator[list[str]]:
    """Have `fault` strike the next `times` requests of an operation, such as `PutItem`.

    With `about`, the name of a table for example, only those with this in their bodies.

    Yields the URLs of those that are struck. One has to be, or the test shows nothing: an AssertionError.
    """
    struck: list[str] = []

    def strike(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:  # noqa: ANN401 - botocore's form
        sent: Any = request.body
        if len(struck) == times or (about and about.encode() not in sent):
            return None
        struck.append(request.url)
        return fault.respond(client, request)

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, strike)
    try:
        yield struck
    finally:
        client.meta.events.unregister(event, strike)
    assert struck, f"{operation} was not called"


@contextmanager
def unresponsive(client: Client, after: int = 0) -> Iterator[None]:
    """Have no request of a client be answered once so many have been: each goes where nobody says a word.

    So timeouts are real ones, and so are the pauses after them.
    """
    sent = count()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"

        def lead_astray(request: AWSPreparedRequest, **_: object) -> None:
            if next(sent) >= after:
                request.url = url

        event = f"before-send.{client.meta.service_model.service_id.hyphenize()}"
        client.meta.events.register(event, lead_astray)
        try:
            yield
        finally:
            client.meta.events.unregister(event, lead_astray)


def longest_duration(client: Client, fault: Fault, struck: int) -> float:
    """Return how long so many attempts of one call can take on AWS, with the pauses between them.

    What times out does so by the client's configuration; the longest pause doubles from a second on.
    """
    config = client.meta.config
    each = config.connect_timeout + config.read_timeout if fault in (TIMEOUT, LOST_RESPONSE) else 0
    pauses = min(struck, config.retries["total_max_attempts"] - 1)
    return struck * float(each) + sum(2.0**n for n in range(pauses))


def reset_clients(patch: pytest.MonkeyPatch) -> None:
    """Have handlers make new clients, whose SDK tries again at once: how long it waits shows nothing.

    New, because a client remembers what failed, and retries less and less.
    """
    clients._client.cache_clear()
    patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))


class _Raw(io.BytesIO):
    """The body of a response, as urllib3 would hand it over."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _refused(client: Client, request: AWSPreparedRequest, code: str, status: int) -> AWSResponse:
    if _speaks_xml(client):
        body = f"<Error><Code>{code}</Code><Message>made by a test</Message></Error>"
    else:
        body = json.dumps({"__type": code, "message": "made by a test"})
    content = b"" if request.method == "HEAD" else body.encode()  # what such an answer can never have
    headers: Any = HeadersDict({"x-amzn-errortype": code})
    return AWSResponse(request.url, status, headers, _Raw(content))


def _speaks_xml(client: Client) -> bool:
    return str(client.meta.service_model.resolved_protocol) == "rest-xml"


def _send(client: Client, request: AWSPreparedRequest) -> None:
    client._endpoint.http_session.send(request)
