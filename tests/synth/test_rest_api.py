"""The construct on its own, with other routes than those of a workload."""

import json
import re
from types import SimpleNamespace
from typing import Any

from cdktf import TerraformStack, Testing

from infra.constructs.account import Account
from infra.constructs.key import Key
from infra.constructs.rest_api import RestApi
from tests.template import Template

BODY = {"type": "object", "required": ["a"]}


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
    function: Any = SimpleNamespace(arn="arn", invoke_arn="invoke-arn")
    for path in paths:
        api.route(path, {"GET": function, "PUT": function}, bodies={"PUT": BODY})
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
        text = json.dumps(stack.resources()[address])
        waiting |= set(re.findall(r"aws_\w+\.[\w-]+_[0-9A-F]{8}", text)) & set(stack.resources()) - reached
    assert {address.partition(".")[0].startswith("aws_api_gateway_") for address in reached} == {True}


def test_the_stage_waits_for_the_functions(stack: Template) -> None:
    stage = stack.one("aws_api_gateway_stage", "tasks/api/stage")
    permissions = stack.resources("aws_lambda_permission")
    assert set(stage["depends_on"]) == {
        a for a in permissions if a.startswith("aws_lambda_permission.tasks_")
    }


def test_a_nested_path_is_a_chain_and_its_parameters_are_open_in_permissions() -> None:
    stack = _stack("/a/{id}/b")
    assert [a["path_part"] for a in stack.resources("aws_api_gateway_resource").values()] == [
        "a",
        "{id}",
        "b",
    ]
    arns = {a["source_arn"].rpartition("}")[2] for a in stack.resources("aws_lambda_permission").values()}
    assert arns == {"/*/GET/a/*/b", "/*/PUT/a/*/b"}


def test_the_root_is_a_path_too() -> None:
    stack = _stack("/")
    assert not stack.resources("aws_api_gateway_resource")
    (api,) = stack.resources("aws_api_gateway_rest_api")
    stack.every("aws_api_gateway_method", {"resource_id": f"${{{api}.root_resource_id}}"})
    stack.one("aws_api_gateway_method", "api/PUT")


def test_requests_are_validated() -> None:
    """Every parameter of a path is required; a body is held to its schema where there is one."""
    stack = _stack("/a/{id}/{part}")
    (validator,) = stack.resources("aws_api_gateway_request_validator")
    stack.every(
        "aws_api_gateway_request_validator",
        {"validate_request_body": True, "validate_request_parameters": True},
    )
    for method in ("GET", "PUT"):
        made = stack.one("aws_api_gateway_method", f"api/{method}-a-id-part")
        assert validator in made["request_validator_id"]
        assert made["request_parameters"] == {
            "method.request.path.id": True,
            "method.request.path.part": True,
        }
    (model,) = stack.resources("aws_api_gateway_model").values()
    assert (model["name"], json.loads(model["schema"])) == ("PUTaidpart", BODY)
    put = stack.one("aws_api_gateway_method", "api/PUT-a-id-part")
    assert list(put["request_models"]) == ["application/json"]
    assert "request_models" not in stack.one("aws_api_gateway_method", "api/GET-a-id-part")


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
