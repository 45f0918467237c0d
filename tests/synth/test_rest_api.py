"""The construct on its own, with other routes than those of a workload."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from cdktf import TerraformStack, Testing

from infra.constructs.account import Account
from infra.constructs.key import Key
from infra.constructs.rest_api import Operation, RestApi
from infra.constructs.role import Role
from synthesized.references import addresses
from tests.template import Template

BODY = {"title": "Body", "type": "object", "required": ["a"]}
ANSWER = {"title": "Answer", "type": "object"}


def _stack(*paths: str, origins: tuple[str, ...] = ("*",)) -> Template:
    stack = TerraformStack(Testing.app(), "stack")
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
        put = Operation(name="put", function=function, body=BODY, response=ANSWER, headers=["If-Match"])
        get = Operation(name="get", function=function, response=ANSWER, query=["limit"])
        api.route(path, {"GET": get, "PUT": put, "PATCH": replace(put, function_checks_body=True)})
    api.deploy()
    return Template(json.loads(json.dumps(stack.to_terraform())))


def _triggers(template: Template) -> object:
    return template.one("aws_api_gateway_deployment", "api/deployment")["triggers"]


def test_another_route_makes_another_deployment() -> None:
    assert _triggers(_stack("/a")) == _triggers(_stack("/a"))
    assert len({str(_triggers(stack)) for stack in (_stack("/a"), _stack("/b"), _stack("/a", "/b"))}) == 3


def test_the_deployment_waits_for_all_that_it_takes_a_picture_of() -> None:
    stack = _stack("/a/{id}/b")
    waits = stack.one("aws_api_gateway_deployment", "api/deployment")["depends_on"]
    assert set(waits) == set(
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


def test_no_deployment_depends_on_anything_outside_of_its_api(stack: Template) -> None:
    """Its create_before_destroy spreads to all that it depends on, and fixed names cannot be made twice."""
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


def test_the_stage_waits_for_the_functions_and_their_grants(stack: Template) -> None:
    stage = stack.one("aws_api_gateway_stage", "tasks/api/stage")
    waited_for = stack.resources(
        "aws_lambda_permission", "aws_iam_role_policy", "aws_iam_role_policy_attachment"
    )
    assert set(stage["depends_on"]) == {a for a in waited_for if a.partition(".")[2].startswith("tasks_")}


def test_what_an_answer_promises_is_there_before_the_stage(stack: Template) -> None:
    """The event that completes what is stored, and the grants of the function that it calls (Q5)."""
    stage = stack.one("aws_api_gateway_stage", "requests/api/stage")
    (events,) = (a for a in stage["depends_on"] if a.startswith("aws_s3_bucket_notification."))
    grants = {a for a in stack.resources("aws_iam_role_policy") if "requests_complete_" in a}
    assert grants
    assert grants <= set(stack.resources()[events]["depends_on"])


def test_a_nested_path_is_a_chain_and_its_parameters_are_open_in_permissions() -> None:
    stack = _stack("/a/{id}/b")
    assert [a["path_part"] for a in stack.resources("aws_api_gateway_resource").values()] == [
        "a",
        "{id}",
        "b",
    ]
    arns = {a["source_arn"].rpartition("}")[2] for a in stack.resources("aws_lambda_permission").values()}
    assert arns == {"/*/GET/a/*/b", "/*/PUT/a/*/b", "/*/PATCH/a/*/b"}


def test_the_root_is_a_path_too() -> None:
    stack = _stack("/")
    assert not stack.resources("aws_api_gateway_resource")
    (api,) = stack.resources("aws_api_gateway_rest_api")
    stack.every("aws_api_gateway_method", {"resource_id": f"${{{api}.root_resource_id}}"})
    stack.one("aws_api_gateway_method", "api/PUT")


def test_requests_are_validated() -> None:
    """Every parameter of a path is required; bodies are held to their schemas but where functions do that."""
    stack = _stack("/a/{id}/{part}")
    stack.every("aws_api_gateway_request_validator", {"validate_request_parameters": True})
    path = {"method.request.path.id": True, "method.request.path.part": True}
    checks = {}
    for method, other in (
        ("GET", "querystring.limit"),
        ("PUT", "header.If-Match"),
        ("PATCH", "header.If-Match"),
    ):
        made = stack.one("aws_api_gateway_method", f"api/{method}-a-id-part")
        assert made["request_parameters"] == {**path, f"method.request.{other}": False}
        (validator,) = (
            attributes
            for address, attributes in stack.resources("aws_api_gateway_request_validator").items()
            if address in made["request_validator_id"]
        )
        checks[method] = validator["validate_request_body"]
    assert checks == {"GET": True, "PUT": True, "PATCH": False}
    assert "request_models" not in stack.one("aws_api_gateway_method", "api/GET-a-id-part")


def test_bodies_and_answers_have_models_one_of_a_title() -> None:
    stack = _stack("/a", "/b")
    models = stack.resources("aws_api_gateway_model")
    assert {model["name"]: json.loads(model["schema"]) for model in models.values()} == {
        "Body": BODY,
        "Answer": ANSWER,
    }
    put = stack.one("aws_api_gateway_method", "api/PUT-b")
    answer = stack.one("aws_api_gateway_method_response", "api/PUT-response-b")
    assert "model-Body" in put["request_models"]["application/json"]
    assert "model-Answer" in answer["response_models"]["application/json"]
    assert answer["status_code"] == "200"


def test_of_several_origins_the_callers_is_answered() -> None:
    stack = _stack("/a", origins=("https://a.example", "https://b.example"))
    preflight = stack.one("aws_api_gateway_integration_response", "api/OPTIONS-integration-response-a")
    assert preflight["response_parameters"]["method.response.header.Access-Control-Allow-Origin"] == (
        "'https://a.example'"
    )
    template = preflight["response_templates"]["application/json"]
    assert '$origin == "https://b.example"' in template
    assert "responseOverride.header.Access-Control-Allow-Origin = $origin" in template


def test_mocks_never_pass_a_body_through() -> None:
    """Passed through, a body of an unknown media type would make a 500 of a 405."""
    mocks = [a for a in _stack("/a").resources("aws_api_gateway_integration").values() if a["type"] == "MOCK"]
    assert {a["passthrough_behavior"] for a in mocks} == {"NEVER"}
    assert all(len(a["request_templates"]) == 5 for a in mocks)
