"""The OpenAPI document of the APIs that a synthesized stack deploys (docs/openapi.json).

It is read from the routes, methods, models and responses in the Terraform JSON. Only the schema of problems
(RFC 9457) is here, because functions and API Gateway write them. All APIs are in one document: each path has
the server of its own API.
"""

import json
from collections.abc import Mapping
from typing import Any

from synthesized.references import Reference, parse
from synthesized.rest_apis import Method, methods
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
SECURITY_SCHEMES = {
    "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4, of the service execute-api",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}
LOCATIONS = {"path": "path", "querystring": "query", "header": "header"}
"""OpenAPI's names of the places of parameters, by those of API Gateway."""


class ApiError(Exception):
    """The APIs of a stack do not fit into one document; the message names what they have in common."""


def openapi(stack: Stack) -> dict[str, Any]:
    """Return the document (OpenAPI 3.0) of all APIs of a synthesized stack.

    Raises:
        ApiError: Two APIs have the same path, or two models of the same name.
    """
    return _Document(stack).content()


class _Document:
    """The document of a stack, part by part."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def content(self) -> dict[str, Any]:
        paths: dict[str, dict[str, Any]] = {}
        for method in methods(self._stack):
            if method.operation is None:
                continue
            server = self._server(method)
            item = paths.setdefault(method.path, {"servers": [server]})
            if item["servers"] != [server]:
                raise ApiError(f"{method.path} is a path of two APIs: one document has room for one of them")
            item[method.http_method.lower()] = self._operation(method)
        return {
            "openapi": "3.0.3",
            "info": {
                "title": self._stack.default_tags["Project"],
                "version": "1",
                "description": "The APIs of the stack, read from its Terraform JSON by `make documents`",
            },
            "paths": paths,
            "components": {
                "schemas": {**self._schemas(), "Problem": PROBLEM},
                "securitySchemes": SECURITY_SCHEMES,
            },
        }

    def _server(self, method: Method) -> dict[str, Any]:
        stages = {
            parse(arguments["rest_api_id"]).address: (address, arguments)
            for address, arguments in self._stack.resources("aws_api_gateway_stage").items()
        }
        address, stage = stages[method.api]
        url = str(Reference(address, "invoke_url"))
        (output,) = (name for name, output in self._stack.outputs.items() if output.value == url)
        host = f"{{api_id}}.execute-api.{self._stack.region}.amazonaws.com"
        return {
            "url": f"https://{host}/{stage['stage_name']}",
            "description": f"The output {output} of the stack",
            "variables": {"api_id": {"default": _workload(method)}},
        }

    def _operation(self, method: Method) -> dict[str, Any]:
        arguments = method.arguments
        operation: dict[str, Any] = {
            "operationId": method.operation,
            "tags": [_workload(method)],
            "parameters": [
                _parameter(parameter, required)
                for parameter, required in sorted(arguments.get("request_parameters", {}).items())
            ],
            "responses": self._responses(method),
            "security": _security(arguments),
        }
        if "request_models" in arguments:
            content = self._content(arguments["request_models"])
            operation["requestBody"] = {"required": True, "content": content}
        return operation

    def _responses(self, method: Method) -> dict[str, Any]:
        """Return the responses of a method: its own ones, and the problems that its API may return."""
        responses = {
            response["status_code"]: self._response(response)
            for response in self._stack.resources("aws_api_gateway_method_response").values()
            if parse(response["http_method"]).address == method.address
        }
        for error in self._stack.resources("aws_api_gateway_gateway_response").values():
            of_api = parse(error["rest_api_id"]).address == method.api
            if of_api and error["response_type"].startswith("DEFAULT_"):
                responses[error["response_type"].removeprefix("DEFAULT_")] = {
                    "description": "A problem (RFC 9457)",
                    "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
        return responses

    def _response(self, response: Mapping[str, JSON]) -> dict[str, Any]:
        headers = [parameter.split(".")[3] for parameter in response.get("response_parameters", {})]
        described: dict[str, Any] = {"description": "Success"}
        if headers:
            described["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
        if "response_models" in response:
            described["content"] = self._content(response["response_models"])
        return described

    def _content(self, models: Mapping[str, str]) -> dict[str, Any]:
        """Return the schemas of bodies by media type."""
        names = {
            media_type: self._stack.blocks[parse(model).address].arguments["name"]
            for media_type, model in models.items()
        }
        return {
            media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}
            for media_type, name in names.items()
        }

    def _schemas(self) -> dict[str, Any]:
        schemas: dict[str, Any] = {}
        for model in self._stack.resources("aws_api_gateway_model").values():
            if model["name"] in schemas:
                raise ApiError(f"there are two models {model['name']}: rename one")
            schemas[model["name"]] = _schema(json.loads(model["schema"]))
        return schemas


def _parameter(parameter: str, required: bool) -> dict[str, Any]:
    _, _, location, name = parameter.split(".")
    return {"name": name, "in": LOCATIONS[location], "required": required, "schema": {"type": "string"}}


def _security(method: Mapping[str, JSON]) -> list[dict[str, list[str]]]:
    schemes = [
        *(["api_key"] if method["api_key_required"] else []),
        *(["sigv4"] if method["authorization"] == "AWS_IAM" else []),
    ]
    return [{scheme: []} for scheme in schemes]


def _schema(schema: Any) -> Any:  # noqa: ANN401 - any part of one
    """Return a schema in OpenAPI 3.0, which has no `$schema`, and `nullable` in place of a null type."""
    if not isinstance(schema, dict):
        return schema
    converted = {name: _schema(value) for name, value in schema.items() if name != "$schema"}
    if isinstance(converted.get("type"), list):
        (converted["type"],) = (type_ for type_ in converted["type"] if type_ != "null")
        converted["nullable"] = True
    return converted


def _workload(method: Method) -> str:
    """Return the workload of a method: the first construct in the stack."""
    return path_in_stack(method.arguments).partition("/")[0]
