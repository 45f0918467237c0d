"""From an API Gateway event to an answer: routing, problems, CORS, one log line a request."""

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from handlers.common.problems import MEDIA_TYPE, RequestError
from handlers.common.requests import Request

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

EXPOSED_HEADERS = "ETag, Location, Idempotent-Replayed, Retry-After"


@dataclass(frozen=True)
class Response:
    """An answer: HTTP status, a document that becomes JSON (None: no body), further headers."""

    status: int
    document: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[Request], Response]
Handler = Callable[[dict[str, Any], "LambdaContext"], dict[str, Any]]


def rest_handler(
    routes: Mapping[tuple[str, str], Route], *, logger: Logger, origins: Collection[str]
) -> Handler:
    """Return a Lambda entry point for a REST API's proxy integration.

    A plain table, because importing Powertools' resolver adds a quarter to a cold start
    (docs/decisions/0003-layer.md).

    Args:
        routes: What answers a (method, resource path); 404 and 405 for all else.
        logger: Gets a line a request, and the traceback of what answers 500. Neither the body,
            nor headers, nor the query are ever logged.
        origins: Those that a browser may call from; `*` for all.
    """

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
        started = time.perf_counter()
        request = Request.of(event, context)
        logger.append_keys(request_id=request.id)
        logger.debug("received", extra={"body_characters": len(request.body)})
        response = _answer(routes, request, logger)
        logger.info(
            "request",
            extra={
                "method": request.method,
                "route": request.resource,
                "status": response.status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return _to_gateway(response, cors_headers(request.headers.get("origin"), origins))

    return handler


def cors_headers(origin: str | None, allowed: Collection[str]) -> dict[str, str]:
    """Return the CORS headers of an answer to a request from `origin` (None: no browser's)."""
    exposed = {"Access-Control-Expose-Headers": EXPOSED_HEADERS}
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*", **exposed}
    if origin in allowed:
        return {"Access-Control-Allow-Origin": str(origin), "Vary": "Origin", **exposed}
    return {"Vary": "Origin"}


def _answer(routes: Mapping[tuple[str, str], Route], request: Request, logger: Logger) -> Response:
    try:
        return _route(routes, request)(request)
    except RequestError as error:
        return _problem(error, request.id)
    except Exception:
        logger.exception("failed")
        return _problem(RequestError(500, "The request failed on our side."), request.id)


def _route(routes: Mapping[tuple[str, str], Route], request: Request) -> Route:
    route = routes.get((request.method, request.resource))
    if route is not None:
        return route
    methods = [method for method, resource in routes if resource == request.resource]
    if not methods:
        raise RequestError(404, "There is nothing at this path.")
    raise RequestError(405, "This method is not supported here.", headers={"Allow": ", ".join(methods)})


def _problem(error: RequestError, request_id: str) -> Response:
    headers = {**error.headers, "Content-Type": MEDIA_TYPE}
    return Response(error.status, error.document(request_id), headers)


def _to_gateway(response: Response, cors: Mapping[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = {"statusCode": response.status, "headers": {**cors}, "body": ""}
    if response.document is not None:
        # ASCII, so that nothing a client sent can make the answer impossible to encode.
        answer["body"] = json.dumps(response.document)
        answer["headers"]["Content-Type"] = "application/json"
    answer["headers"].update(response.headers)
    return answer
