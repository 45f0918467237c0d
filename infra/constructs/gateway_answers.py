"""What API Gateway answers by itself, before or without a function: preflights and errors.

Plain data for ``RestApi``; functions say their own CORS headers and problems.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

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
"""The headers that a browser may send: those that the functions read and those that AWS signs with."""

REQUEST_TYPES = (
    "application/json",
    "application/merge-patch+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)
"""The media types of requests that a mock understands: API Gateway picks its template by them."""

MAX_AGE_SECONDS = 600


@dataclass(frozen=True)
class MockAnswer:
    """An answer that is always the same.

    Attributes:
        status: the HTTP status.
        headers: by name; the values are mapping expressions, so literals stand in single quotes.
        body: a VTL template.
        content_type: of the body, and of the template's key.
    """

    status: HTTPStatus
    headers: Mapping[str, str]
    body: str
    content_type: str = "application/json"


@dataclass(frozen=True)
class GatewayError:
    """How API Gateway words one of its own errors.

    Attributes:
        response_type: API Gateway's name for it.
        status: instead of its usual one.
    """

    response_type: str
    headers: Mapping[str, str]
    body: str
    status: HTTPStatus | None = None


def preflight(origins: Sequence[str], methods: Sequence[str]) -> MockAnswer:
    """The answer to a CORS preflight of a path that has ``methods``."""
    headers = {
        "Access-Control-Allow-Origin": f"'{origins[0]}'",
        "Access-Control-Allow-Methods": f"'{','.join(methods)}'",
        "Access-Control-Allow-Headers": f"'{','.join(REQUEST_HEADERS)}'",
        "Access-Control-Max-Age": f"'{MAX_AGE_SECONDS}'",
        "Vary": "'Origin'",
    }
    return MockAnswer(HTTPStatus.NO_CONTENT, headers, _choose_origin(origins))


def method_not_allowed(origins: Sequence[str], methods: Sequence[str]) -> MockAnswer:
    """The answer to a method that a path does not have."""
    headers = {"Allow": f"'{', '.join([*methods, 'OPTIONS'])}'", **_error_headers(origins)}
    return MockAnswer(
        HTTPStatus.METHOD_NOT_ALLOWED, headers, _known_problem(HTTPStatus.METHOD_NOT_ALLOWED), PROBLEM_JSON
    )


def gateway_errors(origins: Sequence[str], *, unknown_path_is_404: bool) -> list[GatewayError]:
    """API Gateway's own errors as problem+json, readable from a browser.

    Args:
        origins: see ``preflight``.
        unknown_path_is_404: not with IAM methods, since a call to one without credentials is reported like an
            unknown path.
    """
    headers = _error_headers(origins)
    problem = _problem("$context.error.messageString")
    errors = [GatewayError(kind, headers, problem) for kind in ("DEFAULT_4XX", "DEFAULT_5XX")]
    if unknown_path_is_404:
        not_found = _known_problem(HTTPStatus.NOT_FOUND)
        errors.append(GatewayError("MISSING_AUTHENTICATION_TOKEN", headers, not_found, HTTPStatus.NOT_FOUND))
    return errors


def _choose_origin(origins: Sequence[str]) -> str:
    """A template that answers the caller's origin where there are several to choose from."""
    if len(origins) == 1:
        return ""
    others = " || ".join(f'$origin == "{origin}"' for origin in origins[1:])
    return (
        "#set($origin = $input.params().header.get('Origin'))"
        "#if(!$origin)#set($origin = $input.params().header.get('origin'))#end"  # as HTTP/2 spells it
        f"#if({others})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
    )


def _error_headers(origins: Sequence[str]) -> dict[str, str]:
    """Errors have nothing private in them: with several origins, any may read them."""
    return {
        "Access-Control-Allow-Origin": f"'{origins[0] if len(origins) == 1 else '*'}'",
        "Content-Type": f"'{PROBLEM_JSON}'",
    }


def _known_problem(status: HTTPStatus) -> str:
    return _problem(json.dumps(status.phrase), status)


def _problem(title: str, status: HTTPStatus | None = None) -> str:
    """An RFC 9457 body as a template; ``title`` is JSON, or a variable that holds JSON."""
    known = "" if status is None else f'"status": {status.value}, '
    return f'{{"type": "about:blank", "title": {title}, {known}"request_id": "$context.requestId"}}'
