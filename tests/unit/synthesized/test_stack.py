import json
from pathlib import Path
from typing import Any

import pytest

from synthesized.stack import (
    Block,
    Moved,
    Removed,
    Stack,
    StackError,
    construct_path,
    objects,
    path_in_stack,
    reading,
    unique_id,
)

BACKEND = {"bucket": "state", "key": "k"}
METADATA = {"metadata": {"path": "serverless/tasks/sessions/table", "uniqueId": "main"}}
DOCUMENT: dict[str, Any] = {
    "//": {},
    "terraform": {"backend": {"s3": BACKEND}, "required_version": ">= 1.11"},
    "provider": {"aws": [{"region": "us-west-2", "default_tags": [{"tags": {"Owner": "me"}}]}]},
    "resource": {
        "aws_vpc": {
            "main": {
                "cidr_block": "10.0.0.0/16",
                "lifecycle": {"prevent_destroy": True},
                "provider": "aws",
                "//": METADATA,
            },
            "other": {},
        },
        "aws_lambda_function": {"f": {"function_name": "project-f"}},
    },
    "data": {"aws_region": {"here": {"depends_on": ["aws_vpc.main"]}}},
    "ephemeral": {"aws_x": {"y": {}}},
    "removed": [{"from": "aws_x.old", "lifecycle": {"destroy": False}}, {"from": "aws_x.gone"}],
    "moved": {"from": "aws_x.a", "to": "aws_x.b"},
    "output": {
        "vpc-id": {"value": "${aws_vpc.main.id}"},
        "secret": {"value": "s", "sensitive": True},
    },
}


def test_blocks_are_read_by_address() -> None:
    blocks = Stack(DOCUMENT).blocks
    assert list(blocks) == [
        "aws_vpc.main",
        "aws_vpc.other",
        "aws_lambda_function.f",
        "data.aws_region.here",
        "ephemeral.aws_x.y",
    ]
    vpc, region = blocks["aws_vpc.main"], blocks["data.aws_region.here"]
    assert vpc.attributes == {"cidr_block": "10.0.0.0/16"}
    assert (vpc.prevent_destroy, blocks["aws_vpc.other"].prevent_destroy) == (True, False)
    assert (region.type, region.qualified_type, region.depends_on) == (
        "aws_region",
        "data.aws_region",
        ("aws_vpc.main",),
    )


def test_resources_are_selected_by_type() -> None:
    stack = Stack(DOCUMENT)
    assert list(stack.resources("aws_lambda_function", "aws_none", "aws_vpc")) == [
        "aws_lambda_function.f",
        "aws_vpc.main",
        "aws_vpc.other",
    ]
    assert len(stack.resources()) == 3


def test_settings_of_the_stack_are_read() -> None:
    stack = Stack(DOCUMENT)
    assert (stack.region, stack.default_tags, stack.backend) == ("us-west-2", {"Owner": "me"}, BACKEND)
    assert [(output.value, output.sensitive) for output in stack.outputs.values()] == [
        ("${aws_vpc.main.id}", False),
        ("s", True),
    ]
    assert stack.removed == (Removed("aws_x.old", destroy=False), Removed("aws_x.gone", destroy=True))
    assert stack.moved == (Moved("aws_x.a", "aws_x.b"),)


def test_nested_blocks_need_no_list() -> None:
    provider = {"region": "eu-west-1", "default_tags": {"tags": {"a": "b"}}}
    stack = Stack({"provider": {"aws": provider}})
    assert (stack.region, stack.default_tags, stack.blocks) == ("eu-west-1", {"a": "b"}, {})
    assert Stack({"provider": {"aws": {"region": "eu-west-1"}}}).default_tags == {}
    assert objects({"a": 1}) == objects([{"a": 1}]) == [{"a": 1}]
    assert objects(None) == objects([5]) == []
    assert Block("resource", "a", "b", {"lifecycle": [{"prevent_destroy": True}]}).prevent_destroy


def test_resources_are_found_by_reference_and_functions_by_arn() -> None:
    stack = Stack(DOCUMENT)
    value = {
        "a": ["${aws_vpc.main.id}", "${aws_none.x.id}"],
        "b": "arn:aws:lambda:r:1:function:project-f/invocations",
    }
    assert stack.addresses_in(value) == ["aws_vpc.main", "aws_lambda_function.f"]
    assert stack.addresses_in("arn:aws:lambda:r:1:function:unknown") == []


def test_construct_paths() -> None:
    assert construct_path({"//": METADATA}) == "serverless/tasks/sessions/table"
    assert path_in_stack({"//": METADATA}) == "tasks/sessions/table"
    assert unique_id({"//": METADATA}) == "main"


@pytest.mark.parametrize("arguments", [None, {}, {"//": 5}, {"//": {"metadata": {"path": 5}}}])
def test_a_block_without_a_construct_path(arguments: object) -> None:
    assert construct_path(arguments) is None
    with pytest.raises(ValueError, match="has no construct path"):
        path_in_stack(arguments)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], r"^cdk\.tf\.json: must be an object, got \[\]"),
        ({"resource": []}, r"^resource: must be an object, got \[\]"),
        ({"resource": {"aws_x": 5}}, r"^resource\.aws_x: must be an object, got 5"),
        ({"data": {"aws_x": {"a": None}}}, r"^data\.aws_x\.a: must be an object, got None"),
        ({"output": {"a": "x"}}, r"^output\.a: must be an object, got 'x'"),
        ({"removed": [{"from": 5}]}, r"^removed\.0\.from: must be a string, got 5"),
        ({"moved": [{"from": "a", "to": "b"}, {"from": "a"}]}, r"^moved\.1\.to: must be a string, got None"),
        ({"moved": 5}, r"^moved\.0: must be an object, got 5"),
    ],
)
def test_a_malformed_section_is_rejected(document: object, message: str) -> None:
    with pytest.raises(StackError, match=message):
        Stack(document)


@pytest.mark.parametrize(
    ("document", "attribute", "message"),
    [
        ({}, "region", r"^provider\.aws: one configuration is known, got 0"),
        ({"provider": {"aws": [{}, {}]}}, "region", r"^provider\.aws: one configuration .* got 2"),
        ({"provider": {"aws": "x"}}, "region", r"^provider\.aws: must be an object, got 'x'"),
        ({"provider": {"aws": [{}]}}, "region", r"^provider\.aws: has no region"),
        (
            {"provider": {"aws": {"default_tags": {"tags": 5}}}},
            "default_tags",
            r"^provider\.aws\.default_tags\.tags: must be an object, got 5",
        ),
        (
            {"provider": {"aws": [{"region": 5}]}},
            "region",
            r"^provider\.aws\.region: must be a string, got 5",
        ),
        ({}, "backend", r"^terraform\.backend: has no s3"),
        ({"terraform": {"backend": {"s3": 5}}}, "backend", r"^terraform\.backend\.s3: must be an object"),
    ],
)
def test_a_missing_setting_is_rejected_where_it_is_read(
    document: dict[str, Any], attribute: str, message: str
) -> None:
    with pytest.raises(StackError, match=message):
        getattr(Stack(document), attribute)


def test_a_stack_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "cdk.tf.json"
    file.write_text(json.dumps(DOCUMENT))
    assert Stack.read(file).document == DOCUMENT


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist: synthesize the stack first (make synth)"),
        (b"{", "is no JSON, synthesize the stack again: "),
        (b"\xff", "is no JSON, synthesize the stack again: "),
        (b"[" * 100_000, "is no JSON, synthesize the stack again: "),
        (b"1" * 5_000, "is no JSON, synthesize the stack again: "),
        (b"[]", "is no stack that `make synth` writes: cdk.tf.json: must be an object, got []"),
        (
            b'{"resource": {"a": {"b": 5}}}',
            "is no stack that `make synth` writes: resource.a.b: must be ",
        ),
    ],
)
def test_a_file_without_a_stack_is_rejected_in_one_line(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "stack.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StackError) as raised:
        Stack.read(file)
    assert str(raised.value).startswith(f"{file}: {message}")
    assert "\n" not in str(raised.value)


def test_a_file_that_cannot_be_opened_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=f"{tmp_path}: cannot be read: Is a directory"):
        Stack.read(tmp_path)


def test_a_missing_argument_is_an_error_of_the_file() -> None:
    arguments: dict[str, str] = {}
    with (
        pytest.raises(StackError, match=r"^a\.json: is no stack that `make synth` writes: KeyError\('x'\)"),
        reading(Path("a.json")),
    ):
        arguments["x"]
