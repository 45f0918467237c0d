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
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Api-Key",
)
"""Headers that a browser may send: the functions read them, or AWS signatures need them."""

REQUEST_TYPES = (
    "application/json",
    "application/merge-patch+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)
"""Media types of requests that a mock integration accepts; API Gateway selects its template by media type."""

MAX_AGE_SECONDS = 600


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
        "Access-Control-Allow-Origin": f"'{origins[0]}'",
        "Access-Control-Allow-Methods": f"'{','.join(methods)}'",
        "Access-Control-Allow-Headers": f"'{','.join(REQUEST_HEADERS)}'",
        "Access-Control-Max-Age": f"'{MAX_AGE_SECONDS}'",
        "Vary": "'Origin'",
    }
    return MockResponse(HTTPStatus.NO_CONTENT, headers, _origin_template(origins))


def method_not_allowed(origins: Sequence[str], methods: Sequence[str]) -> MockResponse:
    """The response to a method that a path does not have."""
    headers = {"Allow": f"'{', '.join([*methods, 'OPTIONS'])}'", **_error_headers(origins)}
    return MockResponse(
        HTTPStatus.METHOD_NOT_ALLOWED, headers, _known_problem(HTTPStatus.METHOD_NOT_ALLOWED), PROBLEM_JSON
    )


def gateway_responses(origins: Sequence[str], *, unknown_path_is_404: bool) -> dict[str, dict[str, Any]]:
    """API Gateway's own errors as problem details (RFC 9457) that pages of other origins can read.

    By type of error, in the form of the extension `x-amazon-apigateway-gateway-responses`.

    Args:
        origins: Allowed CORS origins; `*` allows all.
        unknown_path_is_404: Return 404 for `MISSING_AUTHENTICATION_TOKEN`. Not for APIs with IAM methods,
            which report a call without credentials with the same type as an unknown path.
    """
    problem = _problem("$context.error.messageString")
    responses = {
        "DEFAULT_4XX": _gateway_response(origins, problem),
        "DEFAULT_5XX": _gateway_response(origins, problem),
    }
    if unknown_path_is_404:
        responses["MISSING_AUTHENTICATION_TOKEN"] = {
            "statusCode": str(HTTPStatus.NOT_FOUND.value),
            **_gateway_response(origins, _known_problem(HTTPStatus.NOT_FOUND)),
        }
    return responses


def _gateway_response(origins: Sequence[str], body: str) -> dict[str, Any]:
    return {
        "responseParameters": {
            f"gatewayresponse.header.{name}": value for name, value in _error_headers(origins).items()
        },
        "responseTemplates": {"application/json": body},
    }


def _origin_template(origins: Sequence[str]) -> str:
    """A template that returns the origin of the caller if several origins are allowed."""
    if len(origins) == 1:
        return ""
    others = " || ".join(f'$origin == "{origin}"' for origin in origins[1:])
    return (
        "#set($origin = $input.params().header.get('Origin'))"
        "#if(!$origin)#set($origin = $input.params().header.get('origin'))#end"  # in HTTP/2
        f"#if({others})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
    )


def _error_headers(origins: Sequence[str]) -> dict[str, str]:
    """Headers of errors, which contain no private data: with several allowed origins, any may read them."""
    return {
        "Access-Control-Allow-Origin": f"'{origins[0] if len(origins) == 1 else '*'}'",
        "Content-Type": f"'{PROBLEM_JSON}'",
    }


def _known_problem(status: HTTPStatus) -> str:
    return _problem(json.dumps(status.phrase), status)


def _problem(title: str, status: HTTPStatus | None = None) -> str:
    """A template of problem details; `title` is JSON, or a variable that contains JSON."""
    status_member = "" if status is None else f'"status": {status.value}, '
    return f'{{"type": "about:blank", "title": {title}, {status_member}"request_id": "$context.requestId"}}'
