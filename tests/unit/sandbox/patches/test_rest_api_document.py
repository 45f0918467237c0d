import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.patches.rest_api_document import MODEL_KEYWORDS, read
from tests.rest_api_documents import EXTENSION, document

Content = dict[str, Any]
CREATE = ("paths", "/notes", "post")
NOTE = ("components", "schemas", "Note")


def replaced(value: object, *path: str) -> Callable[[Content], None]:
    """Return a function that sets the member of a document at `path`."""

    def replace(content: Content) -> None:
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return replace


def refusal(change: Callable[[Content], None], *, fail_on_warnings: bool) -> str | None:
    content = document()
    change(content)
    return read(json.dumps(content).encode()).refusal(fail_on_warnings=fail_on_warnings)


def test_document_without_problems_is_accepted() -> None:
    assert refusal(lambda _: None, fail_on_warnings=True) is None


def test_parts_are_read_as_parameters_of_operations() -> None:
    post, any_method, get, delete = read(json.dumps(document()).encode()).methods
    assert post.method == {
        "authorizationType": "NONE",
        "apiKeyRequired": True,
        "operationName": "createNote",
        "requestParameters": {"method.request.querystring.tag": False},
        "requestModels": {"application/json": "Note"},
    }
    assert (post.path, post.http_method, post.validator) == ("/notes", "POST", "body")
    assert post.responses == {
        "201": {
            "responseParameters": {"method.response.header.Vary": False},
            "responseModels": {"application/json": "Note"},
        }
    }
    assert post.integration_responses["201"]["responseParameters"] == {
        "method.response.header.Vary": "'Origin'"
    }
    assert (any_method.http_method, any_method.path) == ("ANY", "/notes")
    assert get.method["authorizationType"] == "AWS_IAM"
    assert get.method["requestParameters"] == delete.method["requestParameters"]
    assert delete.method["requestParameters"] == {"method.request.path.id": True}
    assert get.integration == {"type": "HTTP", "httpMethod": "GET", "uri": "https://a.example"}


@pytest.mark.parametrize(
    "keyword", ["example", "nullable", "oneOf", "minItems", "readOnly", "exclusiveMinimum"]
)
def test_keyword_that_models_do_not_have_is_an_error(keyword: str) -> None:
    assert keyword not in MODEL_KEYWORDS
    change = replaced({"type": "string", keyword: 1}, *NOTE, "properties", "text")
    message = f'Invalid model schema specified. Unsupported keyword(s): ["{keyword}"]'
    assert message in str(refusal(change, fail_on_warnings=False))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced("3.1.0", "openapi"), "JSON of OpenAPI 3.0 is expected"),
        (replaced({}, "components", "schemas", "new-note"), "Model name must be alphanumeric: new-note"),
        (replaced(["string", "null"], *NOTE, "type"), 'Unsupported keyword(s): ["type"]'),
        (
            replaced({}, "paths", "/a b"),
            "Unable to create resource at path '/a b': Resource's path part only",
        ),
        (replaced({}, "paths", "/notes/{note}/x"), "path '/notes/{note}': A sibling ({id}) of this resource"),
        (
            replaced("all", *CREATE, f"{EXTENSION}request-validator"),
            "Invalid Request Validator specified: all",
        ),
        (replaced({"type": "aws"}, *CREATE, f"{EXTENSION}integration"), "HttpMethod must be non-empty"),
        (replaced({}, *CREATE, "responses"), "No method response exists for method."),
        (
            replaced({"201": {}}, *CREATE, "responses"),
            "Invalid mapping expression parameter specified: method.response.header.Vary",
        ),
        (replaced([{"name": "a", "in": "cookie"}], *CREATE, "parameters"), "does not import the parameter"),
        (replaced("", *CREATE, f"{EXTENSION}auth"), f"does not import {EXTENSION}auth"),
        (replaced({}, "components", "securitySchemes", "sigv4"), "not import the security scheme 'sigv4'"),
        (replaced({"type": "mock", "cache": 1}, *CREATE, f"{EXTENSION}integration"), "not import cache of"),
    ],
)
def test_error_refuses_the_document(change: Callable[[Content], None], message: str) -> None:
    assert message in str(refusal(change, fail_on_warnings=False))


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (
            replaced([], "paths", "/notes/{id}", "parameters"),
            "Parse issue: attribute paths.'/notes/{id}'(get). Declared path parameter id needs to be",
        ),
        (replaced({}, "components", "schemas"), "Reference to model 'Note' not found. Ignoring."),
        (
            replaced({"application/json": {"schema": {"type": "array"}}}, *CREATE, "requestBody", "content"),
            "Unsupported model type 'array' in request schema for 'POST /notes'. Ignoring.",
        ),
        (replaced([{"iam": []}], *CREATE, "security"), "Security scheme 'iam' of 'POST /notes' not found."),
    ],
)
def test_warning_refuses_the_document_on_request(change: Callable[[Content], None], warning: str) -> None:
    assert refusal(change, fail_on_warnings=False) is None
    assert str(refusal(change, fail_on_warnings=True)).startswith(
        f"Warnings found during import:\n\t{warning}"
    )


def test_warnings_are_listed_after_errors() -> None:
    def change(content: Content) -> None:
        replaced({}, *CREATE, "responses")(content)
        replaced({}, "components", "schemas")(content)

    message = str(refusal(change, fail_on_warnings=False))
    errors, warnings = message.split("\nAdditionally, these warnings were found:\n\t")
    assert errors.startswith("Errors found during import:\n\tUnable to put integration response on 'POST'")
    assert warnings.startswith("Reference to model 'Note' not found.")


def test_body_that_is_no_json_is_an_error() -> None:
    assert "Invalid OpenAPI input" in str(read(b"openapi: 3.0.1").refusal(fail_on_warnings=False))
