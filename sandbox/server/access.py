"""Refuse requests to other host names, to control endpoints, and from the pages of other origins.

The server listens on loopback, where every page in the user's browser can send requests too. The signatures
of the requests that pass are verified by MiniStack, with the patches of `sandbox/patches/credentials.py`.
"""
# ruff: noqa: SLF001 - MiniStack has no public name for its addresses of APIs and buckets

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from ministack import app as ministack

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

HEALTH = "/_ministack/health"
CONTROL = ("/_ministack/", "/_localstack/")
"""Where MiniStack answers to nobody in particular: reset, configuration, code of functions."""
LOOPBACK = ("127.0.0.1", "localhost")
Refusal: TypeAlias = tuple[HTTPStatus, str]


def guard(app: App, port: int) -> App:
    """Return an ASGI application that refuses what does not come from the owner's programs and pages.

    Args:
        app: MiniStack, or what calls it.
        port: The port that the server listens on.
    """

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        has_own_cors = _has_own_cors(scope)
        refusal = _refusal(scope, port, has_own_cors=has_own_cors)
        if refusal:
            await _refuse(scope, send, *refusal)
        else:
            await app(scope, receive, send if has_own_cors else _without_cors(send))

    return guarded


def _refusal(scope: Message, port: int, *, has_own_cors: bool) -> Refusal | None:
    """Return why a request is refused, or None.

    A page whose name resolves to loopback (DNS rebinding) has the server's origin, for the browser, but its
    name is in `Host`.
    """
    hosts, origins = _header(scope, b"host"), _header(scope, b"origin")
    if not hosts or not all(_is_own_host(host, port) for host in hosts):
        return HTTPStatus.MISDIRECTED_REQUEST, "this server has another host name"
    if scope["path"].startswith(CONTROL) and scope["path"] != HEALTH:
        return HTTPStatus.FORBIDDEN, "this endpoint is closed"
    own_origin = f"{scope['scheme']}://{hosts[0]}"
    if not has_own_cors and any(origin != own_origin for origin in origins):
        return HTTPStatus.FORBIDDEN, "the origin of this page may not call this server"
    return None


def _is_own_host(host: str, port: int) -> bool:
    """Whether a Host header names loopback: APIs and buckets have names in `.localhost` (RFC 6761)."""
    name, _, own_port = host.lower().rpartition(":")
    return own_port == str(port) and (name in LOOPBACK or name.endswith(".localhost"))


def _has_own_cors(scope: Message) -> bool:
    """Whether the configuration of an API or of a bucket decides which pages may send this request."""
    host, path = "".join(_header(scope, b"host")), scope["path"]
    addresses = ministack._parse_execute_api_url, ministack._parse_lambda_url, ministack._s3_cors_target
    return any(address(host, path) is not None for address in addresses)


def _header(scope: Message, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _without_cors(send: Send) -> Send:
    """Leave out the headers by which MiniStack lets every page read the response."""

    async def send_without_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            kept = [header for header in headers if not header[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return send_without_cors


async def _refuse(scope: Message, send: Send, status: HTTPStatus, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"message": reason}).encode()})
