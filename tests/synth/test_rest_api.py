"""The construct alone, with other routes than those of a workload."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import cdktf

from infra.constructs.account import Account
from infra.constructs.key import Key
from infra.constructs.rest_api import Operation, RestApi
from infra.constructs.role import Role
from synthesized.references import addresses
from tests.template import Template

BODY = {"title": "Body", "type": "object", "required": ["a"]}
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
        put = Operation(name="put", function=function, body=BODY, response=RESPONSE, headers=["If-Match"])
        get = Operation(name="get", function=function, response=RESPONSE, query=["limit"])
        api.route(path, {"GET": get, "PUT": put, "PATCH": replace(put, function_checks_body=True)})
    api.deploy()
    return Template(json.loads(json.dumps(stack.to_terraform())))


def _triggers(template: Template) -> object:
    return template.resource("aws_api_gateway_deployment", "api/deployment")["triggers"]


def test_a_new_route_results_in_a_new_deployment() -> None:
    assert _triggers(_stack("/a")) == _triggers(_stack("/a"))
    assert len({str(_triggers(stack)) for stack in (_stack("/a"), _stack("/b"), _stack("/a", "/b"))}) == 3


def test_the_deployment_depends_on_all_resources_in_its_snapshot() -> None:
    stack = _stack("/a/{id}/b")
    dependencies = stack.resource("aws_api_gateway_deployment", "api/deployment")["depends_on"]
    assert set(dependencies) == set(
        stack.resources(
            "aws_api_gateway_resource",
            "aws_api_gateway_method",
            "aws_api_gateway_integration",
            "aws_api_gateway_method_response",
            "aws_api_gateway_integration_response",
            "aws_api_gateway_gateway_response",
            "aws_api_gateway_request_validator",
            "aws_api_gateway_model",
        )
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


def test_a_nested_path_is_a_chain_of_resources_with_wildcards_in_permissions() -> None:
    stack = _stack("/a/{id}/b")
    assert [
        attributes["path_part"] for attributes in stack.resources("aws_api_gateway_resource").values()
    ] == [
        "a",
        "{id}",
        "b",
    ]
    arns = {
        attributes["source_arn"].rpartition("}")[2]
        for attributes in stack.resources("aws_lambda_permission").values()
    }
    assert arns == {"/*/GET/a/*/b", "/*/PUT/a/*/b", "/*/PATCH/a/*/b"}


def test_the_root_can_have_a_route() -> None:
    stack = _stack("/")
    assert not stack.resources("aws_api_gateway_resource")
    (api,) = stack.resources("aws_api_gateway_rest_api")
    stack.assert_every("aws_api_gateway_method", {"resource_id": f"${{{api}.root_resource_id}}"})
    stack.resource("aws_api_gateway_method", "api/PUT")


def test_requests_are_validated() -> None:
    """Path parameters are required; bodies are validated by their schemas or by functions."""
    stack = _stack("/a/{id}/{part}")
    stack.assert_every("aws_api_gateway_request_validator", {"validate_request_parameters": True})
    path = {"method.request.path.id": True, "method.request.path.part": True}
    checks = {}
    for method, parameter in (
        ("GET", "querystring.limit"),
        ("PUT", "header.If-Match"),
        ("PATCH", "header.If-Match"),
    ):
        request_method = stack.resource("aws_api_gateway_method", f"api/{method}-a-id-part")
        assert request_method["request_parameters"] == {**path, f"method.request.{parameter}": False}
        (validator,) = (
            attributes
            for address, attributes in stack.resources("aws_api_gateway_request_validator").items()
            if address in request_method["request_validator_id"]
        )
        checks[method] = validator["validate_request_body"]
    assert checks == {"GET": True, "PUT": True, "PATCH": False}
    assert "request_models" not in stack.resource("aws_api_gateway_method", "api/GET-a-id-part")


def test_requests_and_responses_have_one_model_per_title() -> None:
    stack = _stack("/a", "/b")
    models = stack.resources("aws_api_gateway_model")
    assert {model["name"]: json.loads(model["schema"]) for model in models.values()} == {
        "Body": BODY,
        "Response": RESPONSE,
    }
    put = stack.resource("aws_api_gateway_method", "api/PUT-b")
    response = stack.resource("aws_api_gateway_method_response", "api/PUT-response-b")
    assert "model-Body" in put["request_models"]["application/json"]
    assert "model-Response" in response["response_models"]["application/json"]
    assert response["status_code"] == "200"


def test_preflight_returns_the_origin_of_the_caller() -> None:
    stack = _stack("/a", origins=("https://a.example", "https://b.example"))
    preflight = stack.resource("aws_api_gateway_integration_response", "api/OPTIONS-integration-response-a")
    assert preflight["response_parameters"]["method.response.header.Access-Control-Allow-Origin"] == (
        "'https://a.example'"
    )
    template = preflight["response_templates"]["application/json"]
    assert '$origin == "https://b.example"' in template
    assert "responseOverride.header.Access-Control-Allow-Origin = $origin" in template


def test_mock_integrations_never_pass_a_body_through() -> None:
    """Otherwise, a body of an unknown media type would result in a 500 instead of a 405."""
    mocks = [
        attributes
        for attributes in _stack("/a").resources("aws_api_gateway_integration").values()
        if attributes["type"] == "MOCK"
    ]
    assert {attributes["passthrough_behavior"] for attributes in mocks} == {"NEVER"}
    assert all(len(attributes["request_templates"]) == 5 for attributes in mocks)
