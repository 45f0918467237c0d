"""Write the OpenAPI document of the APIs that a synthesized stack deploys (docs/openapi.json).

``python -m documents.openapi CDK_TF_JSON FILE``. Everything in it is read from the routes, methods, models
and answers in that JSON, save the form of problems: functions and API Gateway word them (RFC 9457).
All APIs are in one document: each path names the server of its own API.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Attributes = Mapping[str, Any]

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
"""Where a parameter is, by API Gateway's word for it."""


def openapi(stack: Attributes) -> dict[str, Any]:
    """The document (OpenAPI 3.0) of all APIs of a synthesized stack.

    Raises:
        ValueError: Two APIs have the same path, or two models of the same name.
    """
    return _Stack(stack).document()


class _Stack:
    """The JSON of a stack, and what its resources say of each other."""

    def __init__(self, stack: Attributes) -> None:
        self._stack = stack
        (self._provider,) = stack["provider"]["aws"]

    def document(self) -> dict[str, Any]:
        paths: dict[str, dict[str, Any]] = {}
        for name, method in self._all("method").items():
            if "operation_name" not in method:
                continue  # API Gateway's own answer: a preflight, or 405
            item = paths.setdefault(self._path(method["resource_id"]), {"servers": [self._server(method)]})
            if item["servers"] != [self._server(method)]:
                raise ValueError(f"{self._path(method['resource_id'])} is a path of two APIs")
            item[method["http_method"].lower()] = self._operation(name, method)
        return {
            "openapi": "3.0.3",
            "info": {
                "title": self._provider["default_tags"][0]["tags"]["Project"],
                "version": "1",
                "description": "The APIs of the stack, as `make openapi` reads them from its Terraform JSON",
            },
            "paths": paths,
            "components": {
                "schemas": {**self._schemas(), "Problem": PROBLEM},
                "securitySchemes": SECURITY_SCHEMES,
            },
        }

    def _all(self, kind: str) -> dict[str, Attributes]:
        found: dict[str, Attributes] = self._stack["resource"].get(f"aws_api_gateway_{kind}", {})
        return found

    def _path(self, resource_id: str) -> str:
        """The path of a resource: its own part after that of its parent."""
        if resource_id.endswith(".root_resource_id}"):
            return "/"
        resource = self._all("resource")[_name(resource_id)]
        return f"{self._path(resource['parent_id']).rstrip('/')}/{resource['path_part']}"

    def _server(self, method: Attributes) -> dict[str, Any]:
        stages = {stage["rest_api_id"]: (name, stage) for name, stage in self._all("stage").items()}
        name, stage = stages[method["rest_api_id"]]
        url = f"${{aws_api_gateway_stage.{name}.invoke_url}}"
        (output,) = (key for key, output in self._stack["output"].items() if output["value"] == url)
        host = f"{{api_id}}.execute-api.{self._provider['region']}.amazonaws.com"
        return {
            "url": f"https://{host}/{stage['stage_name']}",
            "description": f"The output {output} of the stack",
            "variables": {"api_id": {"default": _workload(method)}},
        }

    def _operation(self, name: str, method: Attributes) -> dict[str, Any]:
        operation: dict[str, Any] = {
            "operationId": method["operation_name"],
            "tags": [_workload(method)],
            "parameters": [
                _parameter(parameter, required)
                for parameter, required in sorted(method.get("request_parameters", {}).items())
            ],
            "responses": self._answers(name, method["rest_api_id"]),
            "security": _security(method),
        }
        if "request_models" in method:
            operation["requestBody"] = {"required": True, "content": self._content(method["request_models"])}
        return operation

    def _answers(self, method: str, rest_api_id: str) -> dict[str, Any]:
        """What a method answers: its own answers, and the problems that its API may."""
        answers = {
            answer["status_code"]: self._answer(answer)
            for answer in self._all("method_response").values()
            if _name(answer["http_method"]) == method
        }
        for error in self._all("gateway_response").values():
            if error["rest_api_id"] == rest_api_id and error["response_type"].startswith("DEFAULT_"):
                answers[error["response_type"].removeprefix("DEFAULT_")] = {
                    "description": "A problem (RFC 9457)",
                    "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
        return answers

    def _answer(self, answer: Attributes) -> dict[str, Any]:
        headers = [parameter.split(".")[3] for parameter in answer.get("response_parameters", {})]
        described: dict[str, Any] = {"description": "Success"}
        if headers:
            described["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
        if "response_models" in answer:
            described["content"] = self._content(answer["response_models"])
        return described

    def _content(self, models: Mapping[str, str]) -> dict[str, Any]:
        """Bodies by media type."""
        names = {kind: self._all("model")[_name(model)]["name"] for kind, model in models.items()}
        return {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind, name in names.items()}

    def _schemas(self) -> dict[str, Any]:
        schemas: dict[str, Any] = {}
        for model in self._all("model").values():
            if model["name"] in schemas:
                raise ValueError(f"there are two models {model['name']}")
            schemas[model["name"]] = _schema(json.loads(model["schema"]))
        return schemas


def _parameter(parameter: str, required: bool) -> dict[str, Any]:
    _, _, location, name = parameter.split(".")
    return {"name": name, "in": LOCATIONS[location], "required": required, "schema": {"type": "string"}}


def _security(method: Attributes) -> list[dict[str, list[str]]]:
    schemes = [
        *(["api_key"] if method["api_key_required"] else []),
        *(["sigv4"] if method["authorization"] == "AWS_IAM" else []),
    ]
    return [{scheme: []} for scheme in schemes]


def _schema(schema: Any) -> Any:  # noqa: ANN401 - any part of one
    """A schema in OpenAPI's words, which have no null type and no $schema."""
    if not isinstance(schema, dict):
        return schema
    known = {name: _schema(value) for name, value in schema.items() if name != "$schema"}
    if isinstance(known.get("type"), list):
        (known["type"],) = (kind for kind in known["type"] if kind != "null")
        known["nullable"] = True
    return known


def _workload(method: Attributes) -> str:
    """The workload that a method is of: the first construct in the stack."""
    return str(method["//"]["metadata"]["path"]).split("/")[1]


def _name(reference: str) -> str:
    """``x`` of ``${aws_api_gateway_resource.x.id}``."""
    (found,) = re.findall(r"^\$\{\w+\.([\w-]+)\.\w+\}$", reference)
    return str(found)


def main(stack: Path, path: Path) -> int:
    """Write the document of the stack in one file to the other."""
    document = openapi(json.loads(stack.read_text()))
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
