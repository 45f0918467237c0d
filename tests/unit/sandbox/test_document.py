import json
from pathlib import Path

import pytest

from sandbox.engines.loader.document import read
from sandbox.errors import LoadError
from synthesized.stack import JSON

AWS = {"region": "us-west-2", "default_tags": [{"tags": {"Owner": "me"}}]}


def write(directory: Path, **sections: JSON) -> Path:
    file = directory / "cdk.tf.json"
    file.write_text(json.dumps({"provider": {"aws": [AWS]}} | sections))
    return file


def test_stack_is_read(tmp_path: Path) -> None:
    document = read(
        write(
            tmp_path,
            **{"//": {}},
            terraform={"backend": {}, "required_providers": {}, "required_version": ">= 1.11"},
            resource={"aws_vpc": {"main": {"cidr_block": "10.0.0.0/16", "lifecycle": {}, "provider": "aws"}}},
            data={"aws_region": {"here": {"depends_on": ["aws_vpc.main"]}}},
            ephemeral={"aws_x": {"y": {}}},
            removed=[{"from": "aws_x.old", "lifecycle": {"destroy": False}}],
            output={"vpc-id": {"value": "${aws_vpc.main.id}", "description": "d", "sensitive": True}},
        )
    )
    assert document.region == "us-west-2"
    assert document.default_tags == {"Owner": "me"}
    assert list(document.blocks) == ["aws_vpc.main", "data.aws_region.here", "ephemeral.aws_x.y"]
    assert document.blocks["aws_vpc.main"].attributes == {"cidr_block": "10.0.0.0/16"}
    assert document.blocks["data.aws_region.here"].qualified_type == "data.aws_region"
    assert document.blocks["data.aws_region.here"].depends_on == ("aws_vpc.main",)
    assert {name: output.value for name, output in document.outputs.items()} == {
        "vpc-id": "${aws_vpc.main.id}"
    }


def test_malformed_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cdk.tf.json"
    file.write_text("{")
    with pytest.raises(LoadError, match="is no JSON, synthesize the stack again"):
        read(file)


def test_single_block_needs_no_list(tmp_path: Path) -> None:
    document = read(
        write(tmp_path, provider={"aws": {"region": "eu-west-1", "default_tags": {"tags": {"a": "b"}}}})
    )
    assert (document.region, document.default_tags, document.blocks) == ("eu-west-1", {"a": "b"}, {})


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"module": {"m": {}}}, r"^cdk\.tf\.json: unknown section 'module', got \{'m': \{\}\}"),
        ({"terraform": {"cloud": {}}}, r"^terraform: unknown setting 'cloud', got"),
        ({"provider": {"google": [{}]}}, r"^provider: unknown provider 'google', got"),
        ({"provider": {}}, r"^provider\.aws: one configuration is known, got 0"),
        (
            {"provider": {"aws": [AWS, AWS | {"alias": "x"}]}},
            r"^provider\.aws: one configuration is known, got 2",
        ),
        (
            {"provider": {"aws": [AWS | {"assume_role": [{}]}]}},
            r"^provider\.aws: unknown argument 'assume_role', got \[\{\}\]",
        ),
        ({"provider": {"aws": [{}]}}, r"^provider\.aws: has no region"),
        (
            {"output": {"o": {"value": 1, "ephemeral": True}}},
            r"^output\.o: unknown argument 'ephemeral', got True",
        ),
        (
            {"resource": {"aws_x": {"y": {"provider": "aws.west"}}}},
            r"^aws_x\.y: unknown provider 'aws\.west'",
        ),
    ],
)
def test_unknown_configuration_is_refused(tmp_path: Path, sections: dict[str, JSON], message: str) -> None:
    with pytest.raises(LoadError, match=message):
        read(write(tmp_path, **sections))
