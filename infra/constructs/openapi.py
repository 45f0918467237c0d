"""The OpenAPI document that API Gateway imports as a REST API, with AWS's extensions.

Plain data for `RestApi`. API Gateway imports not all of OpenAPI 3.0; `tests/synth/test_importable.py` holds
the document against what it documents. `docs/openapi.json` is this document without the extensions.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Literal

from infra.constructs.function import Function
from infra.constructs.gateway_responses import (
    REQUEST_TYPES,
    MockResponse,
    gateway_responses,
    method_not_allowed,
    preflight,
)

Auth = Literal["api_key", "iam", "none"]
JSON_TYPE = "application/json"
Schema = Mapping[str, Any]
"""A JSON schema of draft 4. Its `title` names the model: it is alphanumeric, and unique in an API."""

_SECURITY_SCHEMES = {
    "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4, of the service execute-api",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}
_SECURITY: Mapping[Auth, Sequence[str]] = {"api_key": ["api_key"], "iam": ["sigv4"], "none": []}
"""The security schemes that every operation requires."""
_BODY_VALIDATOR, _PARAMETER_VALIDATOR = "body-and-parameters", "parameters"
_VALIDATORS = {
    name: {"validateRequestBody": name == _BODY_VALIDATOR, "validateRequestParameters": True}
    for name in (_BODY_VALIDATOR, _PARAMETER_VALIDATOR)
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A method of a path.

    Attributes:
        name: Name in the OpenAPI document and in clients that are generated from it.
        function: Function that handles the requests.
        response: Schema of the body of a successful response; None if it has no body.
        status: Status of a successful response.
        response_headers: Names of the headers that a successful response can have.
        not_modified: Whether the response can also be 304, to a conditional request.
        query: Names of the optional query parameters.
        headers: Names of the optional request headers.
        body: Schema of the request body.
        function_checks_body: Only document `body`, and leave its validation to the function, which reports
            each invalid field (docs/decisions/0009-functions-validate-bodies.md). By default, API Gateway
            validates bodies of the media type `application/json`: it returns 400 for an invalid one and
            does not call the function. Such a schema may not allow null, because API Gateway does not
            import that (see `nullable` in `document`).
    """

    name: str
    function: Function
    response: Schema | None
    status: HTTPStatus = HTTPStatus.OK
    response_headers: Sequence[str] = ()
    not_modified: bool = False
    query: Sequence[str] = ()
    headers: Sequence[str] = ()
    body: Schema | None = None
    function_checks_body: bool = False

    def head(self) -> "Operation":
        """Return `HEAD` beside this `GET`: its response has no body (RFC 9110, section 9.3.2)."""
        return replace(self, name=f"{self.name}Headers", response=None)


def document(
    name: str, routes: Mapping[str, Mapping[str, Operation]], *, auth: Auth, cors_origins: Sequence[str]
) -> dict[str, Any]:
    """Return the document of an API.

    `x-nullable` contains JSON pointers to the schemas that allow null. API Gateway imports neither `nullable`
    nor a list of types, and ignores extensions that it does not know. `documents/openapi.py` sets `nullable`
    by them.

    Args:
        name: Name of the API.
        routes: Operations by path, and by HTTP method in upper case.
        auth: What every operation requires.
        cors_origins: Origins whose pages may call the API; `("*",)` allows all, and `()` none.

    Raises:
        ValueError: Two different schemas have the same title.
    """
    schemas = _schemas(routes)
    return {
        "openapi": "3.0.1",
        "info": {"title": name, "version": "1"},
        "paths": {
            path: _path_item(path, operations, auth, cors_origins) for path, operations in routes.items()
        },
        "components": {
            "schemas": {title: _importable(schema) for title, schema in schemas.items()},
            "securitySchemes": {name: _SECURITY_SCHEMES[name] for name in _SECURITY[auth]},
        },
        "x-amazon-apigateway-request-validators": _VALIDATORS,
        "x-amazon-apigateway-gateway-responses": gateway_responses(
            cors_origins, unknown_path_is_404=auth != "iam"
        ),
        "x-nullable": [
            pointer
            for title, schema in schemas.items()
            for pointer in _nullable(schema, f"/components/schemas/{title}")
        ],
    }


def _schemas(routes: Mapping[str, Mapping[str, Operation]]) -> dict[str, Schema]:
    """The schemas of all operations by their titles."""
    schemas: dict[str, Schema] = {}
    for operations in routes.values():
        for operation in operations.values():
            for schema in (operation.body, operation.response):
                if schema is not None and schemas.setdefault(str(schema["title"]), schema) != schema:
                    raise ValueError(f"two schemas of an API have the title {schema['title']!r}: rename one")
    return schemas


def _path_item(
    path: str, operations: Mapping[str, Operation], auth: Auth, cors_origins: Sequence[str]
) -> dict[str, Any]:
    methods = sorted(operations)
    return {
        **{method.lower(): _operation(path, operation, auth) for method, operation in operations.items()},
        "options": _mock(path, preflight(cors_origins, methods)),
        "x-amazon-apigateway-any-method": _mock(path, method_not_allowed(cors_origins, methods)),
    }


def _operation(path: str, operation: Operation, auth: Auth) -> dict[str, Any]:
    return {
        "operationId": operation.name,
        "parameters": [
            *_path_parameters(path),
            *(_parameter("query", name) for name in operation.query),
            *(_parameter("header", name) for name in operation.headers),
        ],
        **({"requestBody": {"required": True, **_content(operation.body)}} if operation.body else {}),
        "responses": {
            **_response(operation.status, operation.response_headers, operation.response),
            **(
                _response(HTTPStatus.NOT_MODIFIED, operation.response_headers)
                if operation.not_modified
                else {}
            ),
        },
        "security": [{name: []} for name in _SECURITY[auth]],
        "x-amazon-apigateway-request-validator": (
            _PARAMETER_VALIDATOR if operation.function_checks_body else _BODY_VALIDATOR
        ),
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": operation.function.invoke_arn,
        },
    }


def _mock(path: str, response: MockResponse) -> dict[str, Any]:
    """An operation to which API Gateway itself returns `response`."""
    return {
        "parameters": _path_parameters(path),
        "responses": _response(response.status, response.headers),
        "x-amazon-apigateway-integration": {
            "type": "mock",
            # Other media types get a 415. If the integration passed them through, they would get a 500.
            "passthroughBehavior": "never",
            "requestTemplates": dict.fromkeys(REQUEST_TYPES, json.dumps({"statusCode": response.status})),
            "responses": {
                "default": {
                    "statusCode": str(response.status.value),
                    "responseParameters": {
                        f"method.response.header.{name}": value for name, value in response.headers.items()
                    },
                    "responseTemplates": {response.content_type: response.body},
                }
            },
        },
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [_parameter("path", name, required=True) for name in re.findall(r"{(\w+)}", path)]


def _parameter(location: str, name: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": location, "required": required, "schema": {"type": "string"}}


def _response(status: HTTPStatus, headers: Collection[str], schema: Schema | None = None) -> dict[str, Any]:
    """A response by its status."""
    response: dict[str, Any] = {"description": status.phrase, **_content(schema)}
    if headers:
        response["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
    return {str(status.value): response}


def _content(schema: Schema | None) -> dict[str, Any]:
    """The content of a body of this schema; empty without one."""
    if schema is None:
        return {}
    return {"content": {JSON_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema['title']}"}}}}


def _importable(schema: Any) -> Any:  # noqa: ANN401 - any part of one
    """A schema without what API Gateway does not import: the draft, and null in a list of types."""
    if not isinstance(schema, Mapping):
        return schema
    imported = {name: _importable(value) for name, value in schema.items() if name != "$schema"}
    if isinstance(imported.get("type"), list):
        (imported["type"],) = (type_ for type_ in imported["type"] if type_ != "null")
    return imported


def _nullable(schema: Mapping[str, Any], pointer: str) -> Iterator[str]:
    """The JSON pointers to a schema's parts that allow null."""
    if isinstance(schema.get("type"), list):
        yield pointer
    for name, value in schema.items():
        if isinstance(value, Mapping):
            yield from _nullable(value, f"{pointer}/{name}")
