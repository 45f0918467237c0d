import json

import pytest

from review.markdown import markdown
from tests.unit.review.api_documents import (
    API,
    CUSTOM,
    IAM,
    KEY,
    NONE,
    SCHEMES,
    Security,
    changed,
    changed_operation,
    described,
    document,
    operation,
    preflight,
    rest_api,
)
from tests.unit.review.builders import (
    JSON,
    compared,
    created,
    deleted,
    only_finding,
    resource,
    reviewed,
    texts,
    updated,
)


def test_a_route_that_goes_is_a_finding() -> None:
    before = document(
        {"/a": {"get": operation(KEY), "delete": operation(KEY)}, "/b": {"get": operation(KEY)}}
    )
    after = document({"/a": {"get": operation(KEY)}})
    assert described(reviewed(changed(before, after))) == [
        ("stateful", "no longer has `DELETE /a`, which its clients call", True),
        ("stateful", "no longer has `GET /b`, which its clients call", True),
    ]
    assert texts(reviewed(changed(after, before))) == []


def test_a_route_that_becomes_a_mock_goes() -> None:
    change = changed_operation(operation(KEY), operation(NONE, kind="MOCK"))
    assert texts(reviewed(change)) == ["no longer has `POST /a`, which its clients call"]


def test_a_route_of_any_method_replaces_the_others() -> None:
    any_method = {"x-amazon-apigateway-any-method": operation(NONE)}
    before, after = document({"/a": {"get": operation(KEY)}}), document({"/a": any_method})
    assert texts(reviewed(changed(before, after))) == ["requires no authorization for `ANY /a`"]
    assert texts(reviewed(changed(after, before))) == ["no longer has `ANY /a`, which its clients call"]


def test_a_renamed_path_variable_is_the_same_route() -> None:
    before, after = (document({f"/a/{{{name}}}": {"get": operation(KEY)}}) for name in ("id", "name"))
    assert texts(reviewed(changed(before, after))) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (IAM, NONE, "requires no authorization for `POST /a`"),
        (KEY, NONE, "requires no authorization for `POST /a`"),
        (CUSTOM, NONE, "requires no authorization for `POST /a`"),
        (IAM, KEY, "requires only an API key for `POST /a`, no authorization"),
        ([{"own": [], "key": []}], CUSTOM, "no longer requires an API key for `POST /a`"),
        (IAM, CUSTOM, "authorizes `POST /a` with `CUSTOM` instead of `AWS_IAM`"),
        ([{"own": ["write"]}], [{"own": ["read"]}], "authorizes `POST /a` with another authorizer or scope"),
    ],
)
def test_less_authorization_is_a_finding(before: Security, after: Security, expected: str) -> None:
    report = reviewed(changed_operation(operation(before), operation(after)))
    assert described(report) == [("exposure", expected, True)]


@pytest.mark.parametrize(
    ("before", "after"), [(NONE, KEY), (KEY, IAM), (NONE, IAM), (NONE, NONE), (IAM, [{"iam": [], "key": []}])]
)
def test_more_authorization_has_no_finding(before: Security, after: Security) -> None:
    assert texts(reviewed(changed_operation(operation(before), operation(after, operationId="a")))) == []


def test_another_function_behind_an_authorizer_is_a_finding() -> None:
    own = SCHEMES["own"] | {"x-amazon-apigateway-authorizer": {"authorizerUri": "arn:of:other"}}
    before, after = (
        document({"/a": {"get": operation(CUSTOM)}}, components={"securitySchemes": schemes})
        for schemes in (SCHEMES, SCHEMES | {"own": own})
    )
    assert texts(reviewed(changed(before, after))) == ["authorizes `GET /a` with another authorizer or scope"]


def test_new_public_route_is_a_finding_in_a_new_and_in_an_existing_api() -> None:
    paths = {"/a": {"get": operation(NONE), "post": operation(KEY), "options": preflight("https://a.com")}}
    expected = [("exposure", "requires no authorization for `GET /a`", True)]
    assert described(reviewed(created(API, **rest_api(document(paths))))) == expected
    assert described(reviewed(changed(document(), document(paths)))) == expected


def test_a_mock_that_becomes_a_public_route_is_a_finding() -> None:
    change = changed_operation(operation(NONE, kind="mock"), operation(NONE))
    assert texts(reviewed(change)) == ["requires no authorization for `POST /a`"]


def test_cors_that_opens_to_every_origin_is_a_finding() -> None:
    before, after = (
        document({path: {"get": operation(KEY), "options": preflight(origin)} for path in ("/a", "/b")})
        for origin in ("https://example.com", "*")
    )
    assert described(reviewed(changed(before, after))) == [
        ("exposure", "lets pages of every origin call `/a`, `/b` (CORS `*`)", True)
    ]
    assert texts(reviewed(changed(after, before))) == []
    assert texts(reviewed(created(API, **rest_api(after)))) == []
    grown = document(after["paths"] | {"/c": {"get": operation(KEY), "options": preflight("*")}})
    assert texts(reviewed(changed(after, grown))) == []


def test_errors_that_every_origin_may_read_need_no_human() -> None:
    """With several origins, API Gateway's own errors allow all, because they contain no private data."""
    name = "gatewayresponse.header.Access-Control-Allow-Origin"
    before, after = (
        document(
            {"/a": {"get": operation(KEY), "x-amazon-apigateway-any-method": preflight(origin)}},
            **{
                "x-amazon-apigateway-gateway-responses": {
                    "DEFAULT_4XX": {"responseParameters": {name: f"'{origin}'"}}
                }
            },
        )
        for origin in ("https://example.com", "*")
    )
    assert described(reviewed(changed(before, after))) == [
        ("exposure", "lets pages of every origin read its errors (CORS `*`)", False)
    ]


def test_a_resource_policy_that_changes_is_a_finding() -> None:
    before, after = (
        document(**{"x-amazon-apigateway-policy": {"Statement": [statement]}})
        for statement in ({}, {"Sid": "a"})
    )
    assert described(reviewed(changed(before, after))) == [
        ("exposure", "changes its resource policy (`x-amazon-apigateway-policy`)", True)
    ]
    assert texts(reviewed(changed(document(), before))) == []


@pytest.mark.parametrize(
    "body",
    ["openapi: 3.0.1\npaths: {}", "{", "[]", '{"swagger": "2.0"}', "${file(\"a.json\")}",
     '{"openapi": "3.0.1", "paths": {"/a": {"get": {"security": 1}}}}',
     '{"openapi": "3.0.1", "paths": {"/a": {"get": {"x-amazon-apigateway-integration": []}}}}',
     '{"openapi": "3.0.1", "paths": {"/a": {"get": 1}}}', "[" * 5_000],
)  # fmt: skip
def test_a_body_that_cannot_be_read_needs_a_human(body: str) -> None:
    expected = (
        "exposure",
        "has a `body` that is not an OpenAPI 3 document in JSON: a human has to compare it",
        True,
    )
    assert described(reviewed(changed(body, document()))) == [expected]
    assert described(reviewed(changed(document(), body))) == [expected]
    assert described(reviewed(created(API, **rest_api(body)))) == [expected]
    assert texts(reviewed(updated(API, rest_api(body), rest_api(body) | {"name": "b"}))) == []


def test_a_body_that_goes_needs_a_human() -> None:
    report = reviewed(changed(document({"/a": {"get": operation(KEY)}}), None))
    assert described(report) == [
        ("exposure", "no longer has a `body`: a human has to compare its routes", True)
    ]


def test_a_sensitive_body_is_not_judged() -> None:
    change = changed_operation(operation(IAM), operation(NONE))
    change["change"]["after_sensitive"] = {"body": True}
    report = reviewed(change)
    assert described(report) == [
        ("exposure", "has a `body` that is sensitive: a human has to compare it", True)
    ]
    assert "POST" not in markdown(report)


def unknown(entry: JSON) -> JSON:
    """Return a change whose new body is known only after apply."""
    after = {name: value for name, value in entry["change"]["after"].items() if name != "body"}
    return {**entry, "change": {**entry["change"], "after": after, "after_unknown": {"body": True}}}


def test_an_unknown_body_needs_a_human_unless_the_api_is_new() -> None:
    text = "has a `body` that is known only after apply and cannot be compared (use `--synth`)"
    body = document({"/a": {"post": operation(NONE)}})
    assert described(reviewed(unknown(changed(document(), body)))) == [("exposure", text, True)]
    new = only_finding(reviewed(unknown(created(API, **rest_api(body)))))
    assert (new.text, new.needs_human, new.expected) == (text, False, True)


def test_an_unknown_body_is_read_from_the_synth() -> None:
    """References to what exists are resolved, so that only what changes is listed."""
    added = operation(NONE, uri="${aws_x.new.arn}")
    before, after = (
        {"get": operation(KEY, uri=uri)} for uri in ("arn:f", "${aws_lambda_function.f.invoke_arn}")
    )
    synth = {
        "resource": {"aws_api_gateway_rest_api": {"a": rest_api(document({"/a": after | {"post": added}}))}}
    }
    entry = unknown(changed(document({"/a": before}), document()))
    report = reviewed(
        entry, synth={"terraform": {}, **synth}, state={"aws_lambda_function.f": {"invoke_arn": "arn:f"}}
    )
    assert texts(report) == ["requires no authorization for `POST /a`"]
    assert "`body.POST /a` `none` → `defined`" in markdown(report)
    assert "GET /a" not in markdown(report)


def test_bodies_are_compared_in_synths() -> None:
    base, head = (
        {
            "resource": {
                "aws_api_gateway_rest_api": {"a": rest_api(document({"/a": {"get": operation(security)}}))}
            }
        }
        for security in (IAM, NONE)
    )
    assert texts(compared(base, head)) == ["requires no authorization for `GET /a`"]


def test_parts_that_are_destroyed_after_the_import_of_a_document_need_a_human() -> None:
    """Terraform destroys them after the update of the API, which then loses what the document has added."""
    change = changed(None, document({"/a": {"get": operation(KEY)}}))
    parts = (
        deleted("aws_api_gateway_method.m", rest_api_id="a1", authorization="NONE"),
        deleted("aws_api_gateway_resource.r", rest_api_id="a1"),
        deleted("aws_api_gateway_resource.r2", rest_api_id="other"),
        deleted("aws_api_gateway_stage.s", rest_api_id="a1"),
    )
    text = "loses 2 parts after its new `body` is imported, and with them what they serve"
    expected = ("stateful", f"{text}: remove the parts from the state first (`terraform state rm`)", True)
    assert described(reviewed(change, *parts)) == [expected]
    assert texts(reviewed(change)) == []
    method = {"aws_api_gateway_method": {"m": {"rest_api_id": f"${{{API}.id}}"}}}
    base, head = ({"aws_api_gateway_rest_api": {"a": rest_api(body)}} for body in (None, document()))
    report = compared({"resource": base | method}, {"resource": head})
    assert [finding.kind for finding in report.findings] == ["stateful"]


def test_a_deployment_that_is_replaced_for_a_new_body_has_no_finding() -> None:
    deployment = resource(
        "aws_api_gateway_deployment.d",
        ["create", "delete"],
        {"triggers": {"configuration": "a"}},
        {"triggers": {"configuration": "b"}},
        replace_paths=[["triggers", "configuration"]],
    )
    before, after = document({"/a": {"get": operation(KEY)}}), document({"/a": {"get": operation(IAM)}})
    assert texts(reviewed(changed(before, after), deployment)) == []


def test_changed_operations_are_listed_by_name_and_not_as_a_whole() -> None:
    long = "x" * 500
    before = document(
        {"/a": {"get": operation(KEY), "put": operation(KEY, description=long), "delete": operation(KEY)}}
    )
    after = document(
        {"/a": {"get": operation(IAM), "put": operation(KEY, description=long), "post": operation(KEY)}},
        components={"schemas": {"Name": {"type": "string"}}, "securitySchemes": SCHEMES},
    )
    report = reviewed(changed(before, after))
    (line,) = [line for line in markdown(report).splitlines() if line.startswith("- `~`")]
    assert line == (
        "- `~` `aws_api_gateway_rest_api.a`: `body.DELETE /a` `defined` → `none`,"
        " `body.POST /a` `none` → `defined`, `body.components.schemas.Name` `none` → `defined`,"
        ' `body.GET /a.security` `[{"key": []}]` → `[{"iam": []}]`'
    )
    assert long not in json.dumps(markdown(report))


def test_parts_with_the_name_of_a_secret_are_shown_and_the_secrets_in_them_are_not() -> None:
    def body(schemes: JSON, header: str) -> JSON:
        integration = {"requestParameters": {"integration.request.header.Authorization": header}}
        paths = {"/a": {"get": {"security": [], "x-amazon-apigateway-integration": integration}}}
        return document(paths, components={"securitySchemes": schemes})

    text = markdown(reviewed(changed(body({}, "'correct'"), body({"api_key": {}}, "'horse'"))))
    assert "`body.components.securitySchemes.api_key` `none` → `defined`" in text
    assert "integration.request.header.Authorization` `(hidden)` → `(hidden)`" in text


def test_a_body_that_cannot_be_compared_is_counted_in_characters() -> None:
    for after in ("openapi: 3.0.1", None):
        report = reviewed(changed(document(), after))
        assert "`body` `" in markdown(report)
        assert "x-api-key" not in markdown(report)
