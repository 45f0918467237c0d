"""An OpenAPI document with AWS's extensions, for tests of its import."""

from typing import Any

EXTENSION = "x-amazon-apigateway-"
ORIGIN = "method.response.header.Access-Control-Allow-Origin"
NOTE = {"$ref": "#/components/schemas/Note"}


def mock(status: int, body: str = "", **headers: str) -> dict[str, Any]:
    """Return the members of an operation to which API Gateway itself responds."""
    return {
        "responses": {str(status): {"description": "", "headers": {name: {} for name in headers}}},
        f"{EXTENSION}integration": {
            "type": "mock",
            "requestTemplates": {"application/json": f'{{"statusCode": {status}}}'},
            "responses": {
                "default": {
                    "statusCode": str(status),
                    "responseParameters": {
                        f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()
                    },
                    "responseTemplates": {"application/json": body},
                }
            },
        },
    }


def document() -> dict[str, Any]:
    """Return a document in which every part that is imported occurs."""
    identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    tag = {"name": "tag", "in": "query", "schema": {"type": "string"}}
    note = {
        "type": "object",
        "properties": {"text": {"type": "string", "maxLength": 5}, "parent": NOTE},
        "required": ["text"],
        "additionalProperties": False,
    }
    created = mock(201, '{"created": true}', Vary="Origin")
    created["responses"]["201"]["content"] = {"application/json": {"schema": NOTE}}
    return {
        "openapi": "3.0.1",
        "info": {"title": "notes", "version": "1", "description": "Notes."},
        "paths": {
            "/notes": {
                "post": {
                    "operationId": "createNote",
                    "parameters": [tag],
                    "requestBody": {"content": {"application/json": {"schema": NOTE}}},
                    "security": [{"api_key": []}],
                    f"{EXTENSION}request-validator": "body",
                    **created,
                },
                f"{EXTENSION}any-method": mock(405, Allow="POST"),
            },
            "/notes/{id}": {
                "parameters": [identifier],
                "get": {
                    "security": [{"sigv4": []}],
                    "responses": {"200": {"description": ""}},
                    f"{EXTENSION}integration": {
                        "type": "http",
                        "httpMethod": "GET",
                        "uri": "https://a.example",
                    },
                },
                "delete": mock(204),
            },
        },
        "components": {
            "schemas": {"Note": note},
            "securitySchemes": {
                "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    f"{EXTENSION}authtype": "awsSigv4",
                },
            },
        },
        f"{EXTENSION}request-validators": {
            "body": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        f"{EXTENSION}gateway-responses": {
            "BAD_REQUEST_BODY": {"statusCode": "422", "responseTemplates": {"application/json": "{}"}}
        },
    }
