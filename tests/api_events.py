"""Events as API Gateway's REST proxy integration sends them, and a client that calls handlers with them."""

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
    """What handlers and Powertools use of a context."""

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
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the answer is
        return json.loads(self.body)


def api_event(
    method: str,
    url: str,
    *,
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    identity: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an event; `url` is a path with or without a query, bytes are sent in base64."""
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    identifier = parts.path.removeprefix("/tasks/") if parts.path.startswith("/tasks/") else ""
    sent = {name: [value] for name, value in (headers or {}).items()}
    return {
        "resource": "/tasks/{id}" if identifier else parts.path,
        "path": parts.path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in sent.items()},
        "multiValueHeaders": sent,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"id": identifier} if identifier else None,
        "requestContext": {"requestId": str(uuid4()), "identity": identity or {}},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
    }


class ApiClient:
    """Calls the functions of an API: entry-point modules by method."""

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
        """Send `document` as JSON, or `body` as it is."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if document is not None:
            body = json.dumps(document)
        message = api_event(method, url, body=body, headers=sent, identity={"apiKeyId": caller})
        answer = self.modules[method].handler(message, context or FakeContext())
        json.dumps(answer).encode()  # what Lambda does with it
        return ApiResponse(answer["statusCode"], answer["headers"], answer["body"])
