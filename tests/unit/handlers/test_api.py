"""Routing, responses and logs of REST APIs."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from handlers.common.api import Response, cors_headers, rest_handler
from handlers.common.http_request import HttpRequest
from handlers.common.problems import TITLES, HttpError
from tests.api_events import ApiResponse, FakeContext, api_event


def fail(_request: HttpRequest) -> Response:
    raise KeyError("something internal")


def refuse(_request: HttpRequest) -> Response:
    raise HttpError(409, "Busy.", errors=[("a", "b")], headers={"Retry-After": "1"})


ROUTES = {
    ("GET", "/tasks"): lambda _request: Response(200, {"é": "\ud800"}, {"ETag": '"1"'}),
    ("DELETE", "/tasks"): lambda _request: Response(204),
    ("POST", "/tasks"): refuse,
    ("PUT", "/tasks"): fail,
}


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


def call(
    log: io.StringIO,
    method: str,
    path: str,
    *,
    level: str = "INFO",
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> ApiResponse:
    logger = Logger(service=f"test-{uuid4()}", level=level, stream=log)
    handler = rest_handler(ROUTES, logger=logger, origins=("https://a.example",))
    response = handler(api_event(method, path, body=body, headers=headers), FakeContext())
    return ApiResponse(response["statusCode"], response["headers"], response["body"])


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_response_has_status_body_and_headers(log: io.StringIO) -> None:
    response = call(log, "GET", "/tasks")
    assert response.status == 200
    assert response.json == {"é": "\ud800"}
    assert response.headers == {"Content-Type": "application/json", "ETag": '"1"', "Vary": "Origin"}


def test_response_without_content_has_no_content_type(log: io.StringIO) -> None:
    response = call(log, "DELETE", "/tasks")
    assert (response.status, response.body) == (204, "")
    assert "Content-Type" not in response.headers


def test_http_error_is_a_problem_document(log: io.StringIO) -> None:
    response = call(log, "POST", "/tasks", headers={"origin": "https://a.example"})
    problem = response.json
    assert problem.pop("request_id")
    assert problem == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "Busy.",
        "errors": [{"field": "a", "message": "b"}],
    }
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Access-Control-Allow-Origin"] == "https://a.example"


def test_unexpected_error_is_logged_but_not_shown_to_the_client(log: io.StringIO) -> None:
    response = call(log, "PUT", "/tasks", body='{"secret": 1}')
    assert (response.status, response.json["title"]) == (500, "Internal Server Error")
    assert "internal" not in response.body
    assert "KeyError" not in response.body
    failed, request = lines(log)
    assert failed["exception_name"] == "KeyError"
    assert failed["request_id"] == request["request_id"] == response.json["request_id"]
    assert request["status"] == 500
    assert "secret" not in log.getvalue()


def test_each_request_logs_one_line_without_secrets(log: io.StringIO) -> None:
    call(log, "GET", "/tasks", headers={"x-api-key": "key-of-somebody", "origin": "o"}, body="body")
    (line,) = lines(log)
    assert (line["method"], line["route"], line["status"]) == ("GET", "/tasks", 200)
    assert line["duration_ms"] >= 0
    assert line["function_request_id"] == FakeContext().aws_request_id
    assert "key-of-somebody" not in log.getvalue()


def test_debug_level_logs_more(log: io.StringIO) -> None:
    call(log, "GET", "/tasks", level="DEBUG", body="body")
    assert [line["message"] for line in lines(log)] == ["received", "request"]
    assert lines(log)[0]["body_characters"] == 4


def test_head_has_the_headers_of_get_without_a_body(log: io.StringIO) -> None:
    get, head = call(log, "GET", "/tasks"), call(log, "HEAD", "/tasks")
    assert (head.status, head.headers, head.body) == (get.status, get.headers, "")
    assert call(log, "HEAD", "/other").status == 404


def test_unknown_path_is_404_and_unknown_method_405(log: io.StringIO) -> None:
    assert call(log, "GET", "/other").status == 404
    response = call(log, "PATCH", "/tasks")
    assert response.status == 405
    assert response.headers["Allow"] == "GET, DELETE, POST, PUT"


@pytest.mark.parametrize(
    ("origin", "allowed", "expected"),
    [
        (None, ("*",), {"Access-Control-Allow-Origin": "*"}),
        ("https://x.example", ("*",), {"Access-Control-Allow-Origin": "*"}),
        (
            "https://b.example",
            ("https://a.example", "https://b.example"),
            {"Access-Control-Allow-Origin": "https://b.example", "Vary": "Origin"},
        ),
        ("https://x.example", ("https://a.example",), {"Vary": "Origin"}),
        (None, ("https://a.example",), {"Vary": "Origin"}),
    ],
)
def test_cors_headers_allow_only_configured_origins(
    origin: str | None, allowed: tuple[str, ...], expected: dict[str, str]
) -> None:
    headers = cors_headers(origin, allowed)
    exposed = headers.pop("Access-Control-Expose-Headers", "")
    assert headers == expected
    assert exposed.startswith("ETag, Location, Idempotent-Replayed") == (
        "Access-Control-Allow-Origin" in headers
    )


def test_every_status_has_a_title() -> None:
    for status, title in TITLES.items():
        assert HttpError(status, "d").document("r")["title"] == title
