"""Events of API Gateway's REST proxy integration, and a client that invokes handlers with them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext


class FakeContext(LambdaContext):
    """The parts of Lambda's context that handlers and Powertools use.

    Attributes:
        remaining_ms: Milliseconds until the function's timeout; constant.
    """

    def __init__(self, remaining_ms: int = 10_000) -> None:
        self.remaining_ms = remaining_ms
        self._function_name = "function"
        self._function_version = "$LATEST"
        self._memory_limit_in_mb = 256
        self._invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
        self._aws_request_id = "11111111-2222-4333-8444-555555555555"

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # Powertools' is static
        return self.remaining_ms


@dataclass(frozen=True)
class ApiResponse:
    """The response of a handler behind API Gateway."""

    status: int
    headers: Mapping[str, str]
    body: str

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "ApiResponse":
        """Read what a handler returns; Lambda must be able to encode it as JSON."""
        json.dumps(result).encode()
        return cls(result["statusCode"], result["headers"], result["body"])

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.body)


def api_event(
    method: str,
    url: str,
    *,
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    identity: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an event.

    Args:
        method: HTTP method.
        url: Path, with or without a query.
        body: Text, or bytes that the event contains as base64.
        headers: Headers.
        identity: The identity of the request context, such as `{"apiKeyId": ...}`.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    identifier = parts.path.removeprefix("/tasks/") if parts.path.startswith("/tasks/") else ""
    multi_value_headers = {name: [value] for name, value in (headers or {}).items()}
    return {
        "resource": "/tasks/{id}" if identifier else parts.path,
        "path": parts.path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in multi_value_headers.items()},
        "multiValueHeaders": multi_value_headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"id": identifier} if identifier else None,
        "requestContext": {"requestId": str(uuid4()), "identity": identity or {}},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
    }


class ApiClient:
    """Invokes the functions of an API in this process.

    Attributes:
        modules: Entry points by HTTP method.
    """

    def __init__(self, modules: Mapping[str, ModuleType]) -> None:
        self.modules = modules

    def __call__(
        self,
        method: str,
        url: str,
        document: object = None,
        *,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        caller: str = "key-1",
        context: FakeContext | None = None,
    ) -> ApiResponse:
        """Send `document` as JSON, or `body` as given."""
        if document is not None:
            body = json.dumps(document)
        event = api_event(
            method,
            url,
            body=body,
            headers={"Content-Type": "application/json", **(headers or {})},
            identity={"apiKeyId": caller},
        )
        return ApiResponse.of(self.modules[method].handler(event, context or FakeContext()))
