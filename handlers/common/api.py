"""REST APIs: routing of API Gateway events, responses, problem documents, CORS and one log line each."""

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from handlers.common.http_request import HttpRequest
from handlers.common.problems import MEDIA_TYPE, HttpError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

EXPOSED_HEADERS = "ETag, Location, Idempotent-Replayed, Retry-After"


@dataclass(frozen=True)
class Response:
    """An HTTP response.

    Attributes:
        status: HTTP status.
        document: Body, serialized as JSON; None for no body.
        headers: Headers beside CORS and `Content-Type`.
    """

    status: int
    document: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[HttpRequest], Response]
Handler = Callable[[object, "LambdaContext"], dict[str, Any]]


def rest_handler(
    routes: Mapping[tuple[str, str], Route], *, logger: Logger, origins: Collection[str]
) -> Handler:
    """Return the Lambda entry point of a REST API with proxy integration.

    Routes are a plain dictionary, because importing Powertools' resolver makes a cold start a quarter longer
    (docs/decisions/0003-pure-python-layer.md).

    Args:
        routes: Functions by method and resource path, such as `("GET", "/tasks/{id}")`. `HEAD` is answered
            by the route of `GET`. An unknown path gets 404, an unknown method 405.
        logger: Logs one line per request, and the traceback of an unexpected error (500). The body, the
            headers and the query are never logged.
        origins: Origins that browsers may call the API from; `*` for all.
    """

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: object, context: "LambdaContext") -> dict[str, Any]:
        started = time.perf_counter()
        request = HttpRequest.from_event(event, context)
        logger.append_keys(request_id=request.id)
        logger.debug("received", extra={"body_characters": len(request.body)})
        response = _respond(routes, request, logger)
        logger.info(
            "request",
            extra={
                "method": request.method,
                "route": request.resource,
                "status": response.status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        result = _proxy_response(response, cors_headers(request.headers.get("origin"), origins))
        return {**result, "body": ""} if request.method == "HEAD" else result

    return handler


def cors_headers(origin: str | None, allowed: Collection[str]) -> dict[str, str]:
    """Return the CORS headers of a response.

    Args:
        origin: The request's `Origin` header; None where it has none (most clients are no browsers).
        allowed: Allowed origins; `*` for all.
    """
    exposed = {"Access-Control-Expose-Headers": EXPOSED_HEADERS}
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*", **exposed}
    if origin in allowed:
        return {"Access-Control-Allow-Origin": str(origin), "Vary": "Origin", **exposed}
    return {"Vary": "Origin"}


def _respond(routes: Mapping[tuple[str, str], Route], request: HttpRequest, logger: Logger) -> Response:
    try:
        return _route(routes, request)(request)
    except HttpError as error:
        return _problem(error, request.id)
    except Exception:
        logger.exception("failed")
        return _problem(HttpError(500, "The server failed to process the request."), request.id)


def _route(routes: Mapping[tuple[str, str], Route], request: HttpRequest) -> Route:
    method = "GET" if request.method == "HEAD" else request.method
    route = routes.get((method, request.resource))
    if route is not None:
        return route
    methods = [method for method, resource in routes if resource == request.resource]
    if not methods:
        raise HttpError(404, "There is no resource at this path.")
    raise HttpError(405, "The resource does not support this method.", headers={"Allow": ", ".join(methods)})


def _problem(error: HttpError, request_id: str) -> Response:
    headers = {**error.headers, "Content-Type": MEDIA_TYPE}
    return Response(error.status, error.document(request_id), headers)


def _proxy_response(response: Response, cors: Mapping[str, str]) -> dict[str, Any]:
    """Return a response in the form of API Gateway's proxy integration."""
    result: dict[str, Any] = {"statusCode": response.status, "headers": {**cors}, "body": ""}
    if response.document is not None:
        # ASCII output: text that a client sent can never make the response impossible to encode.
        result["body"] = json.dumps(response.document)
        result["headers"]["Content-Type"] = "application/json"
    result["headers"].update(response.headers)
    return result
