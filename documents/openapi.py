"""The OpenAPI document of the APIs that a synthesized stack deploys (docs/openapi.json).

It contains the documents that API Gateway imports, without AWS's extensions and without the methods that it
answers itself. Only the schema of problems (RFC 9457) is here, because functions and API Gateway write them.
All APIs are in one document: each path has the server of its own API.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any

from synthesized.references import Reference, parse
from synthesized.rest_apis import EXTENSION, GATEWAY_RESPONSES, Method, RestApi, methods, rest_apis
from synthesized.stack import JSON, Stack, path_in_stack

PROBLEM_JSON = "application/problem+json"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "The fields or parameters that are wrong",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


class ApiError(Exception):
    """The APIs of a stack do not fit into one document; the message names what they have in common."""


def openapi(stack: Stack) -> dict[str, Any]:
    """Return the document (OpenAPI 3.0) of all APIs of a synthesized stack.

    Raises:
        ApiError: Two APIs have the same path, or two models of the same name.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    security_schemes: dict[str, Any] = {}
    for api in rest_apis(stack):
        for path, item in _paths(stack, api).items():
            if path in paths:
                raise ApiError(f"{path} is a path of two APIs: one document has room for one of them")
            paths[path] = item
        for name, schema in _schemas(api.document).items():
            if name in schemas:
                raise ApiError(f"there are two models {name}: rename one")
            schemas[name] = schema
        security_schemes.update(_without_extensions(api.document["components"]["securitySchemes"]))
    return {
        "openapi": "3.0.3",
        "info": {
            "title": stack.default_tags["Project"],
            "version": "1",
            "description": "The APIs of the stack, read from its Terraform JSON by `make documents`",
        },
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM},
            "securitySchemes": security_schemes,
        },
    }


def _paths(stack: Stack, api: RestApi) -> dict[str, Any]:
    """Return the paths of an API, with the operations that a function answers."""
    workload = path_in_stack(stack.blocks[api.address].arguments).partition("/")[0]
    server = _server(stack, api, workload)
    problems = _problems(api.document)
    paths: dict[str, Any] = {}
    for method in methods(api.document):
        if not method.is_mock:
            item = paths.setdefault(method.path, {"servers": [server]})
            item[method.http_method.lower()] = _operation(method, workload, problems)
    return paths


def _server(stack: Stack, api: RestApi, workload: str) -> dict[str, Any]:
    ((address, stage),) = (
        (address, arguments)
        for address, arguments in stack.resources("aws_api_gateway_stage").items()
        if parse(arguments["rest_api_id"]).address == api.address
    )
    url = str(Reference(address, "invoke_url"))
    (output,) = (name for name, output in stack.outputs.items() if output.value == url)
    host = f"{{api_id}}.execute-api.{stack.region}.amazonaws.com"
    return {
        "url": f"https://{host}/{stage['stage_name']}",
        "description": f"The output {output} of the stack",
        "variables": {"api_id": {"default": workload}},
    }


def _operation(method: Method, workload: str, problems: Mapping[str, JSON]) -> dict[str, Any]:
    operation = _without_extensions(method.operation)
    return {**operation, "tags": [workload], "responses": {**operation["responses"], **problems}}


def _problems(document: Mapping[str, JSON]) -> dict[str, Any]:
    """Return the responses that API Gateway and the functions give to wrong requests and on errors."""
    return {
        error.removeprefix("DEFAULT_"): {
            "description": "A problem (RFC 9457)",
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for error in document[GATEWAY_RESPONSES]
        if error.startswith("DEFAULT_")
    }


def _schemas(document: Mapping[str, JSON]) -> dict[str, Any]:
    """Return the models of an API, with `nullable`, which API Gateway does not import."""
    content: JSON = deepcopy(document)
    for pointer in content["x-nullable"]:
        reduce(getitem, pointer.split("/")[1:], content)["nullable"] = True
    return dict(content["components"]["schemas"])


def _without_extensions(value: JSON) -> JSON:
    """Return part of a document without AWS's extensions."""
    if isinstance(value, Mapping):
        return {
            name: _without_extensions(member)
            for name, member in value.items()
            if not name.startswith(EXTENSION)
        }
    return [_without_extensions(element) for element in value] if isinstance(value, list) else value
