import json

from hypothesis import given
from hypothesis import strategies as st

from review.markdown import markdown
from review.report import as_json
from tests.unit.review.api_documents import document, operation, rest_api
from tests.unit.review.builders import JSON, reviewed, updated

NAMES = [
    *("security", "own", "key", "parameters", "in", "required", "requestBody", "content", "schema", "$ref"),
    *("properties", "items", "enum", "allOf", "additionalProperties", "responses", "components", "schemas"),
    *("x-amazon-apigateway-integration", "x-amazon-apigateway-request-validator", "securitySchemes", "type"),
]
VALUES = [None, True, 0, 1.5, "", "all", "'*'", "mock", "#/components/schemas/A", "#/paths"]
ANY = st.recursive(
    st.sampled_from(VALUES),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.sampled_from(NAMES), below, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(st.sampled_from(NAMES), ANY, max_size=3)
OPERATIONS = st.builds(lambda more: operation([{"own": []}], validator="all") | more, OBJECT) | ANY
PATHS = st.dictionaries(
    st.sampled_from(["/a", "/a/{id}", "/b", "parameters"]),
    st.dictionaries(
        st.sampled_from(["get", "post", "options", "x-amazon-apigateway-any-method"]), OPERATIONS, max_size=2
    ),
    max_size=2,
)
BODIES = st.builds(
    lambda paths, schemas, more: json.dumps(document(paths, components={"schemas": schemas}) | more),
    PATHS,
    ANY,
    OBJECT,
)


@given(BODIES, BODIES)
def test_any_document_is_reviewed(before: str, after: str) -> None:
    report = reviewed(updated("aws_api_gateway_rest_api.a", rest_api(before), rest_api(after)))
    assert markdown(report)
    assert as_json(report)


@given(
    st.dictionaries(
        st.sampled_from(["/a", "/b"]), st.dictionaries(st.sampled_from(["get", "post"]), OBJECT), max_size=2
    )
)
def test_an_equal_document_in_another_form_has_no_findings(paths: JSON) -> None:
    body = document(paths)
    attributes = (rest_api(json.dumps(body, indent=indent)) for indent in (None, 1))
    report = reviewed(updated("aws_api_gateway_rest_api.a", *attributes))
    assert [finding.text for finding in report.findings if "not an OpenAPI" not in finding.text] == []
