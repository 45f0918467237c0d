"""Every resource type of the loader, created in an embedded AWS and read back."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.engines.loader import create
from sandbox.engines.loader.load import Loaded, load
from sandbox.errors import LoadError
from sandbox.resource_types import RESOURCE_TYPES
from sandbox.server.process import Server
from synthesized.stack import JSON
from tests.integration.sandbox.resource_types import CASES
from tests.integration.sandbox.resource_types.case import REGION, filled
from tests.integration.sandbox.resource_types.functions import function

PROVIDER = {"aws": [{"region": REGION, "default_tags": [{"tags": {"Owner": "platform"}}]}]}


def loaded(directory: Path, server: Server, sections: Mapping[str, JSON]) -> Loaded:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event")
    (directory / "code.zip").write_bytes(code.getvalue())
    (directory / "cdk.tf.json").write_text(json.dumps({"provider": PROVIDER} | dict(sections)))
    return load(directory, server)


@pytest.mark.parametrize("name", CASES)
def test_resource_is_created_as_configured(name: str, server: Server, tmp_path: Path) -> None:
    case = CASES[name]
    section = "data" if name.startswith("data.") else "resource"
    sections = {section: case.stack, "ephemeral": case.ephemeral}
    attributes = loaded(tmp_path, server, sections).attributes.get(f"{name}.x", {})
    assert case.read(server, attributes) == filled(case.expected, attributes)


def test_every_resource_type_has_a_case() -> None:
    assert set(CASES) == set(RESOURCE_TYPES)


def test_outputs_are_resolved(server: Server, tmp_path: Path) -> None:
    stack = {
        "resource": {"aws_sns_topic": {"t": {"name": "in-output"}}},
        "output": {"topic-arn": {"value": "${aws_sns_topic.t.arn}"}, "fixed": {"value": [1, "a"]}},
    }
    assert loaded(tmp_path, server, stack).outputs == {
        "topic-arn": "arn:aws:sns:us-east-1:123456789012:in-output",
        "fixed": [1, "a"],
    }


def test_zip_with_another_hash_is_refused(server: Server, tmp_path: Path) -> None:
    layer = {"layer_name": "wrong", "s3_bucket": "wrong", "s3_key": "code.zip", "source_code_hash": "AAAA"}
    stack = {
        "aws_s3_bucket": {"b": {"bucket": "wrong"}},
        "aws_s3_object": {"o": {"bucket": "${aws_s3_bucket.b.id}", "key": "code.zip", "source": "code.zip"}},
        "aws_lambda_layer_version": {"x": layer | {"depends_on": ["aws_s3_object.o"]}},
    }
    with pytest.raises(
        LoadError, match=r"^aws_lambda_layer_version\.x\.source_code_hash: differs from the code_sha256"
    ):
        loaded(tmp_path, server, {"resource": stack})


def test_error_of_refused_call_names_the_resource(server: Server, tmp_path: Path) -> None:
    stack = {"aws_dynamodb_table": {"x": {"name": "t", "hash_key": "id", "attribute": []}}}
    with pytest.raises(LoadError, match=r"^aws_dynamodb_table\.x: CreateTable: .*ValidationException"):
        loaded(tmp_path, server, {"resource": stack})


def test_error_of_waiter_names_the_resource(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create, "WAITER_CONFIG", {"Delay": 0, "MaxAttempts": 1})
    with pytest.raises(LoadError, match=r"^aws_lambda_function\.f: Waiter FunctionActiveV2 failed"):
        loaded(tmp_path, server, {"resource": function("slow")})


def test_content_of_object_can_stand_in_the_stack(server: Server, tmp_path: Path) -> None:
    stack = {
        "aws_s3_bucket": {"b": {"bucket": "written"}},
        "aws_s3_object": {"o": {"bucket": "${aws_s3_bucket.b.id}", "key": "k", "content": "in Grün"}},
    }
    loaded(tmp_path, server, {"resource": stack})
    assert server.client("s3").get_object(Bucket="written", Key="k")["Body"].read().decode() == "in Grün"


def test_stack_is_loaded_into_its_region(server: Server, tmp_path: Path) -> None:
    stack = {
        "provider": {"aws": {"region": "us-west-2"}},
        "resource": {
            "aws_s3_bucket": {"b": {"bucket": "in-the-west"}},
            "aws_vpc": {"v": {"cidr_block": "10.0.0.0/16"}},
        },
    }
    attributes = loaded(tmp_path, server, stack).attributes
    location = server.client("s3").get_bucket_location(Bucket="in-the-west")
    assert location["LocationConstraint"] == "us-west-2"
    assert server.client("ec2", "us-west-2").describe_vpcs(VpcIds=[attributes["aws_vpc.v"]["id"]])
