"""API Gateway imports the documents whole: they contain nothing that AWS documents as not supported.

The stack's APIs fail on warnings, so that the first apply would stop at anything else.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pytest

from synthesized.rest_apis import Method, RestApi, methods, rest_apis
from tests.synthesis import Synthesize

Document: TypeAlias = Mapping[str, Any]
SETTINGS: dict[str, dict[str, str]] = {
    "default": {},
    "other authorization": {"TASKS_AUTH": "iam"},
    "open": {"TASKS_AUTH": "none", "REQUESTS_AUTH": "none"},
    "several origins": {"CORS_ORIGINS": "https://a.example,https://b.example"},
}

SCHEMA_KEYWORDS = {
    *("title", "description", "type", "format", "enum", "pattern", "minLength", "maxLength"),
    *(
        "minimum",
        "maximum",
        "exclusiveMaximum",
        "multipleOf",
        "uniqueItems",
        "minProperties",
        "maxProperties",
    ),
    *("properties", "required", "additionalProperties", "items", "$ref", "allOf", "anyOf", "oneOf", "not"),
}
"""Draft 4 as far as OpenAPI 3.0 has it, without what AWS names: `discriminator`, `example`, `nullable`,
`exclusiveMinimum`, `maxItems` and `minItems`, `readOnly`, `deprecated` and `default`."""

FORMATS_NOT_IMPORTED = {"int32", "int64", "decimal"}
PARAMETER_ATTRIBUTES = {"name", "in", "required", "schema", "description"}
EXTENSIONS = {
    *("x-amazon-apigateway-any-method", "x-amazon-apigateway-authtype", "x-amazon-apigateway-integration"),
    *("x-amazon-apigateway-gateway-responses", "x-amazon-apigateway-request-validator"),
    *("x-amazon-apigateway-request-validators", "x-nullable"),
}
"""AWS's extensions that the stack uses, and the project's own one, which API Gateway ignores."""

INTEGRATION_PROPERTIES = {
    *("cacheKeyParameters", "cacheNamespace", "connectionId", "connectionType", "contentHandling"),
    *("credentials", "httpMethod", "passthroughBehavior", "requestParameters", "requestTemplates"),
    *("responses", "responseTransferMode", "timeoutInMillis", "tlsConfig", "type", "uri"),
}


@pytest.fixture(scope="module", params=SETTINGS.values(), ids=list(SETTINGS))
def apis(request: pytest.FixtureRequest, synthesize: Synthesize) -> list[RestApi]:
    found = rest_apis(synthesize(**request.param))
    assert found
    return found


@pytest.fixture
def documents(apis: list[RestApi]) -> list[Document]:
    return [api.document for api in apis]


@pytest.fixture
def operations(documents: list[Document]) -> list[tuple[Document, Method]]:
    return [(document, method) for document in documents for method in methods(document)]


def test_a_document_has_the_name_of_its_api(apis: list[RestApi]) -> None:
    """Otherwise, the import would rename the API, and the provider would rename it back."""
    for api in apis:
        assert api.document["openapi"] == "3.0.1"
        assert api.document["info"]["title"] == api.name


def test_models_have_only_keywords_that_are_imported(documents: list[Document]) -> None:
    for document in documents:
        for name, schema in document["components"]["schemas"].items():
            assert name.isalnum()
            for part in _schemas(schema):
                assert set(part) <= SCHEMA_KEYWORDS
                assert isinstance(part.get("type", ""), str)
                assert part.get("format") not in FORMATS_NOT_IMPORTED


def test_a_body_that_api_gateway_validates_allows_no_null(operations: list[tuple[Document, Method]]) -> None:
    """API Gateway would refuse null, because the model does not contain that it is allowed."""
    for document, method in operations:
        validator = method.operation.get("x-amazon-apigateway-request-validator")
        content = method.operation.get("requestBody", {}).get("content", {})
        if validator and document["x-amazon-apigateway-request-validators"][validator]["validateRequestBody"]:
            for media_type in content.values():
                model = media_type["schema"]["$ref"].removeprefix("#")
                assert not [pointer for pointer in document["x-nullable"] if pointer.startswith(f"{model}/")]


def test_models_that_are_referred_to_are_objects_of_the_same_document(documents: list[Document]) -> None:
    for document in documents:
        schemas = document["components"]["schemas"]
        referred = {value for name, value in _members(document) if name == "$ref"}
        assert referred == {f"#/components/schemas/{name}" for name in schemas}
        assert {schema["type"] for schema in schemas.values()} <= {"object"}


def test_paths_and_their_parameters_are_declared(operations: list[tuple[Document, Method]]) -> None:
    for _, method in operations:
        assert re.fullmatch(r"(/([\w.,:-]+|\{\w+\}))+|/", method.path)
        parameters = method.operation["parameters"]
        assert all(set(parameter) <= PARAMETER_ATTRIBUTES for parameter in parameters)
        in_path = [parameter for parameter in parameters if parameter["in"] == "path"]
        assert [parameter["name"] for parameter in in_path] == re.findall(r"\{(\w+)\}", method.path)
        assert all(parameter["required"] for parameter in in_path)


def test_operations_declare_their_authorization_themselves(documents: list[Document]) -> None:
    for document in documents:
        assert "security" not in document
        schemes = document["components"]["securitySchemes"]
        assert {scheme["type"] for scheme in schemes.values()} <= {"apiKey"}
        for method in methods(document):
            required = {name for names in method.operation.get("security", []) for name in names}
            assert required == (set() if method.is_mock else set(schemes))


def test_extensions_have_the_form_that_aws_documents(operations: list[tuple[Document, Method]]) -> None:
    for document, method in operations:
        assert {name for name, _ in _members(document) if name.startswith("x-")} <= EXTENSIONS
        integration = method.operation["x-amazon-apigateway-integration"]
        assert set(integration) <= INTEGRATION_PROPERTIES
        assert integration["type"] in {"aws_proxy", "mock"}
        assert (integration.get("httpMethod"), "uri" in integration) == (
            (None, False) if method.is_mock else ("POST", True)
        )


def test_mock_integrations_return_a_response_that_the_operation_declares(
    operations: list[tuple[Document, Method]],
) -> None:
    for _, method in operations:
        responses = method.operation["responses"]
        for key, response in method.operation["x-amazon-apigateway-integration"].get("responses", {}).items():
            assert key == "default"
            assert len(responses) == 1
            declared = responses[response["statusCode"]]
            assert set(response["responseParameters"]) == {
                f"method.response.header.{name}" for name in declared["headers"]
            }


def test_gateway_responses_have_the_form_that_aws_documents(documents: list[Document]) -> None:
    for document in documents:
        for response in document["x-amazon-apigateway-gateway-responses"].values():
            assert set(response) <= {"statusCode", "responseParameters", "responseTemplates"}
            assert all(name.startswith("gatewayresponse.header.") for name in response["responseParameters"])


def _schemas(schema: Document) -> Iterator[Document]:
    """Yield a schema and those in it."""
    yield schema
    nested = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for value in nested:
        if isinstance(value, Mapping):
            yield from _schemas(value)


def _members(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """Yield the members of all objects in a JSON value."""
    if isinstance(value, Mapping):
        yield from value.items()
    for nested in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _members(nested)
