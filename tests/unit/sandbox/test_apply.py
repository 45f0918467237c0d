from pathlib import Path

from sandbox.engines.terraform.apply import override
from sandbox.server.process import Server
from synthesized.stack import JSON, Stack

ROOT = {"AccessKeyId": "AKIA", "SecretAccessKey": "secret"}
SERVER = Server("https://127.0.0.1:4000", 4000, 1, None, ROOT, Path("/aws"))
BACKEND = {"bucket": "b", "key": "k", "region": "us-east-1", "encrypt": True, "use_lockfile": True}
CONTENT: dict[str, JSON] = {"terraform": {"backend": {"s3": BACKEND}}}


def test_backend_is_that_of_the_stack_at_the_servers_address() -> None:
    backend = override(Stack(CONTENT), SERVER)["terraform"]["backend"]["s3"]
    assert backend == BACKEND | {
        "access_key": "AKIA",
        "secret_key": "secret",
        "use_path_style": True,
        "endpoints": dict.fromkeys(("s3", "iam", "sts"), SERVER.url),
        "custom_ca_bundle": "/aws/ca.pem",
    }


def test_provider_has_the_credentials_of_the_embedded_aws() -> None:
    content = CONTENT | {"provider": {"aws": [{"region": "us-east-1"}]}}
    assert override(Stack(content), SERVER)["provider"] == {
        "aws": {"access_key": "AKIA", "secret_key": "secret", "s3_use_path_style": True}
    }


def test_sections_that_the_stack_lacks_are_left_out() -> None:
    assert override(Stack(CONTENT), SERVER).keys() == {"terraform"}


def test_output_of_api_is_its_url_on_the_server() -> None:
    outputs = {
        "url": {"value": "${aws_api_gateway_stage.a-b_1.invoke_url}", "description": "An API."},
        "other": {"value": ["${aws_vpc.v.id}"]},
    }
    assert override(Stack(CONTENT | {"output": outputs}), SERVER)["output"] == {
        "url": {
            "value": "https://127.0.0.1:4000/restapis/${aws_api_gateway_stage.a-b_1.rest_api_id}"
            "/${aws_api_gateway_stage.a-b_1.stage_name}/_user_request_"
        },
        "other": {"value": ["${aws_vpc.v.id}"]},
    }
