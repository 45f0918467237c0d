"""The construct alone, with other routes than those of a workload."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import cdktf

from infra.constructs.account import Account
from infra.constructs.key import Key
from infra.constructs.openapi import Operation
from infra.constructs.rest_api import RestApi
from infra.constructs.role import Role
from synthesized.references import addresses
from tests.template import Template

BODY = {"title": "Body", "type": "object", "required": ["a"]}
NULLABLE = {"a": {"type": ["string", "null"]}}
RESPONSE = {"title": "Response", "type": "object"}


def _stack(*paths: str, origins: tuple[str, ...] = ("*",)) -> Template:
    stack = cdktf.TerraformStack(cdktf.Testing.app(), "stack")
    account = Account(stack, "account", region="us-east-1")
    api = RestApi(
        stack,
        "api",
        name="api",
        stage_name="test",
        auth="api_key",
        cors_origins=origins,
        throttle_rate=1,
        throttle_burst=1,
        log_retention_days=1,
        key=Key(stack, "key", alias="key", account=account, protected=False),
    )
    role = Role(stack, "role", name="role", service="lambda.amazonaws.com")
    function: Any = SimpleNamespace(arn="arn", invoke_arn="invoke-arn", role=role)
    for path in paths:
        put = Operation(
            name="put",
            function=function,
            body={**BODY, "properties": NULLABLE},
            response=RESPONSE,
            headers=["If-Match"],
        )
        get = Operation(name="get", function=function, response=RESPONSE, query=["limit"])
        api.route(path, {"GET": get, "PUT": put, "PATCH": replace(put, function_checks_body=True)})
    api.deploy()
    return Template(json.loads(json.dumps(stack.to_terraform())))


def _triggers(template: Template) -> object:
    return template.resource("aws_api_gateway_deployment", "api/deployment")["triggers"]


def test_a_new_route_results_in_a_new_deployment() -> None:
    assert _triggers(_stack("/a")) == _triggers(_stack("/a"))
    assert len({str(_triggers(stack)) for stack in (_stack("/a"), _stack("/b"), _stack("/a", "/b"))}) == 3


def test_an_api_has_exactly_what_its_document_says(stack: Template) -> None:
    """What leaves the document leaves the API, and what API Gateway cannot import is an error."""
    stack.assert_every(
        "aws_api_gateway_rest_api", {"put_rest_api_mode": "overwrite", "fail_on_warnings": True}
    )


def test_deployments_depend_only_on_resources_of_their_api(stack: Template) -> None:
    """`create_before_destroy` applies to all dependencies of a deployment.

    Two resources cannot have the same fixed name, so other resources cannot be created before they are
    destroyed.
    """
    deployments = stack.resources("aws_api_gateway_deployment")
    assert len(deployments) == len(stack.resources("aws_api_gateway_rest_api"))
    reached, waiting = set(), set(deployments)
    while waiting:
        address = waiting.pop()
        reached.add(address)
        block = stack.blocks[address]
        named = {*addresses(block.attributes), *block.depends_on}
        waiting |= named & set(stack.resources()) - reached
    assert {address.partition(".")[0].startswith("aws_api_gateway_") for address in reached} == {True}


def test_the_stage_depends_on_permissions_and_grants_of_its_functions(stack: Template) -> None:
    stage = stack.resource("aws_api_gateway_stage", "tasks/api/stage")
    policies = stack.resources(
        "aws_lambda_permission", "aws_iam_role_policy", "aws_iam_role_policy_attachment"
    )
    assert set(stage["depends_on"]) == {
        address for address in policies if address.partition(".")[2].startswith("tasks_")
    }


def test_the_stage_depends_on_the_event_that_completes_requests(stack: Template) -> None:
    """The event itself depends on the grants of the function that it invokes (Q5)."""
    stage = stack.resource("aws_api_gateway_stage", "requests/api/stage")
    (events,) = (
        address for address in stage["depends_on"] if address.startswith("aws_s3_bucket_notification.")
    )
    grants = {
        address for address in stack.resources("aws_iam_role_policy") if "requests_complete_" in address
    }
    assert grants
    assert grants <= set(stack.resources()[events]["depends_on"])


def test_a_path_has_wildcards_in_permissions() -> None:
    stack = _stack("/a/{id}/b")
    assert set(stack.api("api/api")["paths"]) == {"/a/{id}/b"}
    arns = {
        attributes["source_arn"].rpartition("}")[2]
        for attributes in stack.resources("aws_lambda_permission").values()
    }
    assert arns == {"/*/GET/a/*/b", "/*/HEAD/a/*/b", "/*/PUT/a/*/b", "/*/PATCH/a/*/b"}
    stack.resource("aws_lambda_permission", "api/PUT-permission-a-id-b")


def test_the_root_can_have_a_route() -> None:
    stack = _stack("/")
    assert {method.path for method in stack.methods("api/api").values()} == {"/"}
    assert stack.resource("aws_lambda_permission", "api/PUT-permission")["source_arn"].endswith("/*/PUT/")


def test_a_path_has_its_operations_a_preflight_and_a_response_to_all_other_methods() -> None:
    methods = _stack("/a").methods("api/api")
    assert {name: method.integration_type for name, method in methods.items()} == {
        "GET /a": "aws_proxy",
        "HEAD /a": "aws_proxy",
        "PUT /a": "aws_proxy",
        "PATCH /a": "aws_proxy",
        "OPTIONS /a": "mock",
        "ANY /a": "mock",
    }
    assert methods["GET /a"].integration_uri == "invoke-arn"


def test_requests_are_validated() -> None:
    """Path parameters are required; bodies are validated by their schemas or by functions."""
    stack = _stack("/a/{id}/{part}")
    validators = stack.api("api/api")["x-amazon-apigateway-request-validators"]
    checks = {}
    for method, parameter in (("GET", "limit"), ("PUT", "If-Match"), ("PATCH", "If-Match")):
        operation = stack.methods("api/api")[f"{method} /a/{{id}}/{{part}}"].operation
        assert {
            (parameter["in"], parameter["name"]): parameter["required"]
            for parameter in operation["parameters"]
        } == {
            ("path", "id"): True,
            ("path", "part"): True,
            ("query" if method == "GET" else "header", parameter): False,
        }
        validator = validators[operation["x-amazon-apigateway-request-validator"]]
        assert validator["validateRequestParameters"] is True
        checks[method] = (validator["validateRequestBody"], "requestBody" in operation)
    assert checks == {"GET": (True, False), "PUT": (True, True), "PATCH": (False, True)}


def test_requests_and_responses_have_one_model_per_title() -> None:
    stack = _stack("/a", "/b")
    assert stack.api("api/api")["components"]["schemas"] == {
        "Body": {**BODY, "properties": {"a": {"type": "string"}}},
        "Response": RESPONSE,
    }
    put = stack.methods("api/api")["PUT /b"].operation
    (response,) = put["responses"].values()
    assert put["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}},
    }
    assert response["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Response"}}}
    assert list(put["responses"]) == ["200"]


def test_schemas_that_allow_null_are_named_beside_the_models() -> None:
    """API Gateway imports neither a list of types nor `nullable`."""
    assert _stack("/a").api("api/api")["x-nullable"] == ["/components/schemas/Body/properties/a"]


def test_without_origins_no_response_allows_one() -> None:
    assert "Access-Control-Allow-Origin" in json.dumps(_stack("/a").resources())
    assert "Access-Control-Allow-Origin" not in json.dumps(_stack("/a", origins=()).resources())


def test_preflight_returns_the_origin_of_the_caller() -> None:
    stack = _stack("/a", origins=("https://a.example", "https://b.example"))
    response = _response_of_mock(stack, "OPTIONS /a")
    assert response["statusCode"] == "204"
    assert response["responseParameters"]["method.response.header.Access-Control-Allow-Origin"] == (
        "'https://a.example'"
    )
    template = response["responseTemplates"]["application/json"]
    assert '$origin == "https://b.example"' in template
    assert "responseOverride.header.Access-Control-Allow-Origin = $origin" in template


def test_other_methods_get_a_problem_with_the_allowed_ones() -> None:
    response = _response_of_mock(_stack("/a"), "ANY /a")
    assert response["statusCode"] == "405"
    assert (
        response["responseParameters"]["method.response.header.Allow"] == "'GET, HEAD, PATCH, PUT, OPTIONS'"
    )
    assert '"status": 405' in response["responseTemplates"]["application/problem+json"]


def test_mock_integrations_never_pass_a_body_through() -> None:
    """Otherwise, a body of an unknown media type would result in a 500 instead of a 405."""
    for name in ("OPTIONS /a", "ANY /a"):
        integration = _stack("/a").methods("api/api")[name].operation["x-amazon-apigateway-integration"]
        assert integration["passthroughBehavior"] == "never"
        assert len(integration["requestTemplates"]) == 5


def test_the_access_log_stays_json_and_has_the_id_that_no_client_can_set(stack: Template) -> None:
    for stage in stack.resources("aws_api_gateway_stage").values():
        access_log = json.loads(stage["access_log_settings"]["format"])
        assert access_log["extendedRequestId"] == "$context.extendedRequestId"
        assert "$context.error.message" not in stage["access_log_settings"]["format"]  # may contain a quote


def _response_of_mock(stack: Template, name: str) -> Any:  # noqa: ANN401 - JSON
    integration = stack.methods("api/api")[name].operation["x-amazon-apigateway-integration"]
    return integration["responses"]["default"]
