"""Builds OpenAPI documents, and changes of the `body` of an `aws_api_gateway_rest_api`."""

import json
from typing import Any

from review.report import Report
from tests.unit.review.builders import JSON, updated

API = "aws_api_gateway_rest_api.a"

Security = list[dict[str, list[str]]]
NONE: Security = []
KEY: Security = [{"key": []}]
IAM: Security = [{"iam": []}]
CUSTOM: Security = [{"own": []}]
SCHEMES: JSON = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "iam": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
    "own": {
        "type": "apiKey",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn:of:function"},
    },
}
VALIDATORS = {
    "all": {"validateRequestBody": True, "validateRequestParameters": True},
    "parameters": {"validateRequestBody": False, "validateRequestParameters": True},
}


def operation(
    security: Security,
    *,
    schema: JSON | None = None,
    validator: str | None = None,
    kind: str = "aws_proxy",
    uri: str = "arn:of:function",
    **more: object,
) -> JSON:
    """Return an operation; `schema` is that of its body, `kind` and `uri` are those of its integration."""
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    return {
        "security": security,
        **(body if schema is not None else {}),
        **({"x-amazon-apigateway-request-validator": validator} if validator else {}),
        "x-amazon-apigateway-integration": {"type": kind, "uri": uri},
        **more,
    }


def preflight(origin: str) -> JSON:
    """Return a mock that answers a preflight."""
    parameters = {"method.response.header.Access-Control-Allow-Origin": f"'{origin}'"}
    responses = {"default": {"statusCode": "204", "responseParameters": parameters}}
    return {"x-amazon-apigateway-integration": {"type": "mock", "responses": responses}}


def document(paths: JSON | None = None, **more: Any) -> JSON:  # noqa: ANN401 - any JSON
    """Return a document; `paths` contains operations by path and method: `{"/a": {"get": ...}}`."""
    components = {"securitySchemes": SCHEMES} | more.pop("components", {})
    return {
        "openapi": "3.0.1",
        "info": {"title": "a", "version": "1"},
        "paths": paths or {},
        "components": components,
        "x-amazon-apigateway-request-validators": VALIDATORS,
        **more,
    }


def rest_api(body: JSON | str | None) -> JSON:
    """Return the attributes of an API with a document."""
    text = json.dumps(body) if isinstance(body, dict) else body
    return {"name": "a", "id": "a1", "body": text}


def changed(before: JSON | str | None, after: JSON | str | None, **more: object) -> JSON:
    """Return an update of an API's document."""
    return updated(API, rest_api(before), rest_api(after), **more)


def changed_operation(before: JSON, after: JSON, **more: object) -> JSON:
    """Return an update in which only `POST /a` changes."""
    return changed(*(document({"/a": {"post": content}}, **more) for content in (before, after)))


def described(report: Report) -> list[tuple[str, str, bool]]:
    """Return kind and text of each finding, and whether it needs a human."""
    return [(finding.kind, finding.text, finding.needs_human) for finding in report.findings]
