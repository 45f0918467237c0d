"""Requests as they are, without a client that adds a signature or a host."""

import http.client
import ssl
from collections.abc import Mapping

from sandbox.server.process import HOST, Server
from tests.waiting import BOUND_SECONDS


def send(
    server: Server, method: str, path: str, headers: Mapping[str, str] | None = None, body: str | None = None
) -> tuple[int, str, dict[str, str]]:
    """Send a request, and return the status, the body and the headers of the response."""
    context = ssl.create_default_context(cafile=server.ca_bundle)
    connection = http.client.HTTPSConnection(HOST, server.port, timeout=BOUND_SECONDS, context=context)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        text = response.read().decode()
        return response.status, text, {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
