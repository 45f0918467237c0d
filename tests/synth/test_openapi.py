"""The committed document describes the stack, and its models validate like the functions."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from documents.openapi import ApiError, openapi
from handlers.common.problems import HttpError
from handlers.files.upload import parse_upload
from handlers.tasks.task import parse_draft, parse_replacement
from synthesized.stack import Stack
from tests.synthesis import Synthesize
from tests.template import Template

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
DOCUMENT = json.loads(COMMITTED.read_text())
ID = "1b4e28ba-2fa1-4d2e-883f-0016d3cca427"

# Valid and almost valid values: limits of lengths, control characters, white space of all categories.
short = st.text(st.sampled_from("a \t\n\x00\x7f\x85\xa0\u2028\u3000\u200b\ufeff\U0001f680"), max_size=4)
texts = (
    short
    | st.text(max_size=20)
    | st.sampled_from([1, 199, 200, 201, 255, 256, 3999, 4000, 4001]).map(lambda size: "\U0001f680" * size)
)
times = st.sampled_from(["2030-01-02T03:04:05Z", "2030-01-02T03:04:05.678+01:00", "2030-01-02", "now", ""])
others = st.none() | st.integers() | st.booleans() | st.lists(st.none(), max_size=1)
fields: dict[str, st.SearchStrategy[object]] = {
    "title": texts | others,
    "description": texts | others,
    "status": st.sampled_from(["open", "in_progress", "done", "OPEN", ""]) | others,
    "due_at": times | others,
    "id": st.sampled_from([ID, ID.upper(), f"{ID}\n", "1"]) | others,
    "color": texts,
}
tasks = st.fixed_dictionaries({}, optional=fields) | st.fixed_dictionaries(
    {"title": texts}, optional={name: values for name, values in fields.items() if name != "title"}
)
files = st.fixed_dictionaries(
    {},
    optional={
        "name": texts | others,
        "content_type": st.sampled_from(["text/csv", "text/CSV", "image/png", ""]) | others,
        "size": st.integers(),
    },
)


def test_the_document_is_valid_openapi() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_the_document_has_every_operation_with_its_authorization() -> None:
    security = {
        (method.upper(), path): [*scheme]
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method != "servers"
        for scheme in operation["security"]
    }
    with_api_key = {
        *((method, "/tasks") for method in ("GET", "HEAD", "POST", "PUT", "DELETE")),
        *((method, "/tasks/{id}") for method in ("GET", "HEAD", "PUT", "DELETE")),
        ("POST", "/files"),
        *((method, path) for path in ("/files/{id}", "/files/{id}/metadata") for method in ("GET", "HEAD")),
    }
    assert security == {("POST", "/"): ["sigv4"]} | {key: ["api_key"] for key in with_api_key}


def test_every_body_has_a_model_and_errors_are_those_of_the_gateway() -> None:
    for item in DOCUMENT["paths"].values():
        for method, operation in item.items():
            if method == "servers":
                continue
            success, *others = operation["responses"]
            assert success.startswith("2")
            assert [status for status in others if status != "304"] == ["4XX", "5XX"]
            has_body = success != "204" and method != "head"
            assert ("content" in operation["responses"][success]) is has_body
            assert ("requestBody" in operation) is (method in {"post", "put"})


def test_settings_change_the_document(synthesize: Synthesize) -> None:
    document = openapi(synthesize(TASKS_AUTH="iam", WORKLOADS="tasks", ENVIRONMENT="prod"))
    assert set(document["paths"]) == {"/tasks", "/tasks/{id}"}
    operation = document["paths"]["/tasks"]["get"]
    assert operation["security"] == [{"sigv4": []}]
    assert document["paths"]["/tasks"]["servers"][0]["url"].endswith(".amazonaws.com/prod")
    open_document = openapi(synthesize(TASKS_AUTH="none", WORKLOADS="tasks"))
    assert open_document["paths"]["/tasks"]["get"]["security"] == []


def test_two_models_with_one_name_are_rejected(stack: Template) -> None:
    document = _with_bodies(
        stack, lambda body: body.replace('"Link"', '"Same"').replace('"Accepted"', '"Same"')
    )
    with pytest.raises(ApiError, match="two models Same"):
        openapi(Stack(document))


def test_a_path_of_two_apis_is_rejected(stack: Template) -> None:
    document = _with_bodies(stack, lambda body: body.replace('"/files', '"/tasks'))
    with pytest.raises(ApiError, match="/tasks is a path of two APIs"):
        openapi(Stack(document))


def _with_bodies(stack: Template, changed: Callable[[str], str]) -> dict[str, Any]:
    document: dict[str, Any] = deepcopy(stack.document)
    for api in document["resource"]["aws_api_gateway_rest_api"].values():
        api["body"] = changed(api["body"])
    return document


@given(tasks)
def test_the_model_accepts_the_same_new_tasks_as_the_function(body: dict[str, Any]) -> None:
    assert _valid("NewTask", body) is _accepts(lambda: parse_draft(body))


@given(tasks)
def test_the_model_accepts_the_same_replacements_as_the_function(body: dict[str, Any]) -> None:
    assert _valid("Replacement", body) is _accepts(lambda: parse_replacement(body, ID))
    assert _valid("NamedReplacement", body) is _accepts(lambda: parse_replacement(body, None))


@given(files)
def test_the_gateway_rejects_no_file_that_the_function_accepts(body: dict[str, Any]) -> None:
    assert _valid("NewFile", body) or not _accepts(lambda: parse_upload(body))


def _accepts(validate: Any) -> bool:  # noqa: ANN401 - the result is not used
    try:
        validate()
    except HttpError:
        return False
    return True


def _valid(model: str, body: object) -> bool:
    return MODELS[model].is_valid(body)


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Draft4Validator:
    draft: Any = deepcopy(schema)
    for property_schema in draft["properties"].values():
        if property_schema.pop("nullable", False):
            property_schema["type"] = [property_schema["type"], "null"]
    return jsonschema_rs.Draft4Validator(draft, validate_formats=True)


MODELS = {
    name: _validator(DOCUMENT["components"]["schemas"][name])
    for name in ("NewTask", "Replacement", "NamedReplacement", "NewFile")
}
