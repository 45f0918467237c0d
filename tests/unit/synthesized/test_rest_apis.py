import json
from typing import Any

import pytest

from synthesized.rest_apis import Method, RestApi, function, methods, rest_apis
from synthesized.stack import Stack

URI = (
    "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:project-f/invocations"
)
ADDRESS = "aws_api_gateway_rest_api.a"


def proxy(uri: str = URI, **operation: object) -> dict[str, Any]:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    return {**operation, "x-amazon-apigateway-integration": integration}


MOCK = {"x-amazon-apigateway-integration": {"type": "mock"}}
DOCUMENT = {
    "openapi": "3.0.1",
    "security": [{"sigv4": []}],
    "paths": {
        "/tasks/{id}": {
            "parameters": [],
            "get": proxy(operationId="getTask", security=[{"api_key": []}]),
            "put": proxy("${aws_lambda_function.f.invoke_arn}", security=[{"sigv4": []}]),
            "delete": proxy("https://example.com"),
            "options": MOCK,
            "x-amazon-apigateway-any-method": MOCK,
        },
        "/": {"post": proxy(security=[{"own": [], "api_key": []}])},
    },
    "components": {
        "securitySchemes": {
            "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            "sigv4": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
            "own": {"type": "apiKey", "x-amazon-apigateway-authtype": "custom"},
        }
    },
}
STACK = Stack(
    {
        "resource": {
            "aws_api_gateway_rest_api": {"a": {"name": "tasks", "body": json.dumps(DOCUMENT)}},
            "aws_lambda_function": {"f": {"function_name": "project-f"}},
        }
    }
)


def by_name(document: dict[str, Any]) -> dict[str, Method]:
    return {f"{method.http_method} {method.path}": method for method in methods(document)}


def test_the_apis_of_a_stack_have_their_documents() -> None:
    assert rest_apis(STACK) == [RestApi(ADDRESS, "tasks", DOCUMENT)]


def test_methods_are_in_the_order_of_the_document() -> None:
    assert list(by_name(DOCUMENT)) == [
        "GET /tasks/{id}",
        "PUT /tasks/{id}",
        "DELETE /tasks/{id}",
        "OPTIONS /tasks/{id}",
        "ANY /tasks/{id}",
        "POST /",
    ]


def test_a_method_has_the_authorization_of_its_operation_and_not_of_the_document() -> None:
    assert {
        name: (method.authorization, method.api_key_required) for name, method in by_name(DOCUMENT).items()
    } == {
        "GET /tasks/{id}": ("NONE", True),
        "PUT /tasks/{id}": ("AWS_IAM", False),
        "DELETE /tasks/{id}": ("NONE", False),
        "OPTIONS /tasks/{id}": ("NONE", False),
        "ANY /tasks/{id}": ("NONE", False),
        "POST /": ("CUSTOM", True),
    }


def test_a_method_has_the_validator_of_its_operation_or_of_the_document() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-request-validator.html"""
    name = "x-amazon-apigateway-request-validator"
    document = {
        name: "parameters",
        f"{name}s": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True},
            "parameters": {"validateRequestBody": False, "validateRequestParameters": True},
        },
        "paths": {"/": {"get": {}, "put": {name: "all"}, "post": {name: "unknown"}}},
    }
    assert {
        name: (method.validates_body, method.validates_parameters)
        for name, method in by_name(document).items()
    } == {"GET /": (False, True), "PUT /": (True, True), "POST /": (False, False)}


def test_a_method_knows_its_operation_and_its_integration() -> None:
    get, options = by_name(DOCUMENT)["GET /tasks/{id}"], by_name(DOCUMENT)["OPTIONS /tasks/{id}"]
    assert (get.operation_id, get.integration_type, get.integration_uri, get.is_mock) == (
        "getTask",
        "aws_proxy",
        URI,
        False,
    )
    assert (options.operation_id, options.integration_type, options.integration_uri, options.is_mock) == (
        None,
        "mock",
        None,
        True,
    )


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("GET /tasks/{id}", "aws_lambda_function.f"),
        ("PUT /tasks/{id}", "aws_lambda_function.f"),
        ("DELETE /tasks/{id}", None),
        ("OPTIONS /tasks/{id}", None),
    ],
)
def test_a_method_invokes_the_function_that_its_uri_names(name: str, address: str | None) -> None:
    assert function(STACK, by_name(DOCUMENT)[name]) == address


def test_an_api_without_a_body_has_no_methods() -> None:
    (api,) = rest_apis(Stack({"resource": {"aws_api_gateway_rest_api": {"a": {"name": "tasks"}}}}))
    assert list(methods(api.document)) == []


def test_a_body_that_is_no_json_is_an_error() -> None:
    arguments = {"name": "tasks", "body": "openapi: 3.0.1"}
    with pytest.raises(ValueError, match="Expecting value"):
        rest_apis(Stack({"resource": {"aws_api_gateway_rest_api": {"a": arguments}}}))
