from typing import Any

import pytest

from synthesized.rest_apis import methods
from synthesized.stack import Stack

URI = (
    "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:project-f/invocations"
)

ROOT = "${aws_api_gateway_rest_api.a.root_resource_id}"


def method_block(resource_id: str, http_method: str, **arguments: str) -> dict[str, Any]:
    return {
        "rest_api_id": "${aws_api_gateway_rest_api.a.id}",
        "resource_id": resource_id,
        "http_method": http_method,
        **arguments,
    }


STACK = Stack(
    {
        "resource": {
            "aws_api_gateway_resource": {
                "item": {"parent_id": "${aws_api_gateway_resource.tasks.id}", "path_part": "{id}"},
                "tasks": {
                    "parent_id": "${aws_api_gateway_rest_api.a.root_resource_id}",
                    "path_part": "tasks",
                },
            },
            "aws_api_gateway_method": {
                "get": method_block("${aws_api_gateway_resource.item.id}", "GET", operation_name="getTask"),
                "any": method_block(ROOT, "ANY"),
            },
            "aws_api_gateway_integration": {
                "get": {"http_method": "${aws_api_gateway_method.get.http_method}", "uri": URI},
                "any": {"http_method": "${aws_api_gateway_method.any.http_method}", "type": "MOCK"},
            },
            "aws_lambda_function": {"f": {"function_name": "project-f"}},
        }
    }
)


def test_methods_have_their_path_and_function() -> None:
    assert [
        (method.address, method.api, method.http_method, method.path, method.function, method.operation)
        for method in methods(STACK)
    ] == [
        (
            "aws_api_gateway_method.get",
            "aws_api_gateway_rest_api.a",
            "GET",
            "/tasks/{id}",
            "aws_lambda_function.f",
            "getTask",
        ),
        ("aws_api_gateway_method.any", "aws_api_gateway_rest_api.a", "ANY", "/", None, None),
    ]


def test_a_path_without_its_resource_is_an_error() -> None:
    get = method_block("${aws_api_gateway_resource.x.id}", "GET")
    with pytest.raises(KeyError, match=r"aws_api_gateway_resource\.x"):
        methods(Stack({"resource": {"aws_api_gateway_method": {"get": get}}}))
