"""Responses that API Gateway returns without calling a function: CORS preflights, 405 and its own errors.

Plain data for `RestApi`. Functions add their own CORS headers and problem details.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

PROBLEM_JSON = "application/problem+json"
REQUEST_HEADERS = (
    "Authorization",
    "Cache-Control",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Traceparent",
    "X-Amz-Content-Sha256",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Api-Key",
    "X-Requested-With",
)
"""Headers that a browser may send: the functions read them, AWS signatures need them, or clients add them."""

REQUEST_TYPES = (
    "application/json",
    "application/merge-patch+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)
"""Media types of requests that a mock integration accepts; API Gateway selects its template by media type."""

MAX_AGE_SECONDS = 600

# Not http.HTTPStatus.phrase: some of its phrases differ between Python versions.
TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    504: "Gateway Timeout",
}
STATUSES = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}
"""Statuses by type of error: those that an API without authorizers can return.

A template has no variable for the status, so each type has a template of its own.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""
REQUEST_ID = '"request_id": "$context.requestId"'
MESSAGE = "$context.error.messageString"
"""API Gateway's message, in quotes. It names a missing parameter, but not the fields of an invalid body: they
are only in `$context.error.validationErrorString`, which is not escaped for JSON.
"""


@dataclass(frozen=True)
class MockResponse:
    """A constant response of a mock integration.

    Attributes:
        status: HTTP status.
        headers: Headers by name; the values are mapping expressions, so literals are in single quotes.
        body: VTL template of the body.
        content_type: Media type of the body.
    """

    status: HTTPStatus
    headers: Mapping[str, str]
    body: str
    content_type: str = "application/json"


def preflight(origins: Sequence[str], methods: Sequence[str]) -> MockResponse:
    """The response to a CORS preflight of a path that has `methods`."""
    headers = {
        **_allow(*origins[:1]),
        "Access-Control-Allow-Methods": f"'{','.join(methods)}'",
        "Access-Control-Allow-Headers": f"'{','.join(REQUEST_HEADERS)}'",
        "Access-Control-Max-Age": f"'{MAX_AGE_SECONDS}'",
        "Vary": "'Origin'",
    }
    return MockResponse(HTTPStatus.NO_CONTENT, headers, _origin_template(origins))


def method_not_allowed(origins: Sequence[str], methods: Sequence[str]) -> MockResponse:
    """The response to a method that a path does not have."""
    headers = {"Allow": f"'{', '.join([*methods, 'OPTIONS'])}'", **_error_headers(origins)}
    problem = _problem(405, json.dumps("The resource does not support this method."))
    return MockResponse(HTTPStatus.METHOD_NOT_ALLOWED, headers, problem, PROBLEM_JSON)


def gateway_responses(origins: Sequence[str], *, unknown_path_is_404: bool) -> dict[str, dict[str, Any]]:
    """API Gateway's own errors as problem details (RFC 9457) that pages of other origins can read.

    By type of error, in the form of the extension `x-amazon-apigateway-gateway-responses`.

    Args:
        origins: Allowed CORS origins; `*` allows all. Without any, no page of another origin can read them.
        unknown_path_is_404: Return 404 for `MISSING_AUTHENTICATION_TOKEN`. Not for APIs with IAM methods,
            which report a call without credentials with the same type as an unknown path.
    """
    other = f'{{"type": "about:blank", "title": {MESSAGE}, {REQUEST_ID}}}'
    responses = {
        error: {"statusCode": str(status), **_gateway_response(origins, _problem(status, MESSAGE))}
        for error, status in STATUSES.items()
    }
    if unknown_path_is_404:
        problem = _problem(404, json.dumps("There is no resource at this path."))
        responses["MISSING_AUTHENTICATION_TOKEN"] = {
            "statusCode": "404",
            **_gateway_response(origins, problem),
        }
    return {
        **responses,
        "DEFAULT_4XX": _gateway_response(origins, other),
        "DEFAULT_5XX": _gateway_response(origins, other),
    }


def _gateway_response(origins: Sequence[str], body: str) -> dict[str, Any]:
    return {
        "responseParameters": {
            f"gatewayresponse.header.{name}": value for name, value in _error_headers(origins).items()
        },
        "responseTemplates": {"application/json": body},
    }


def _origin_template(origins: Sequence[str]) -> str:
    """A template that returns the origin of the caller if several origins are allowed."""
    if len(origins) <= 1:
        return ""
    others = " || ".join(f'$origin == "{origin}"' for origin in origins[1:])
    return (
        "#set($origin = $input.params().header.get('Origin'))"
        "#if(!$origin)#set($origin = $input.params().header.get('origin'))#end"  # in HTTP/2
        f"#if({others})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
    )


def _error_headers(origins: Sequence[str]) -> dict[str, str]:
    """Headers of errors, which contain no private data: with several allowed origins, any may read them."""
    allowed = origins if len(origins) <= 1 else ["*"]
    return {**_allow(*allowed), "Content-Type": f"'{PROBLEM_JSON}'"}


def _allow(origin: str | None = None) -> dict[str, str]:
    return {} if origin is None else {"Access-Control-Allow-Origin": f"'{origin}'"}


def _problem(status: int, detail: str) -> str:
    """A template of problem details; `detail` is JSON, or a variable that contains JSON."""
    title = json.dumps(TITLES[status])
    members = f'"type": "about:blank", "title": {title}, "status": {status}, "detail": {detail}, {REQUEST_ID}'
    return f"{{{members}}}"
