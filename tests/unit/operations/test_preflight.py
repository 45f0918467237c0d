"""The requirements of a synthesized stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.preflight.requirements import Requirements
from synthesized.stack import Stack, StackError

BACKEND = {"bucket": "state", "key": "a/state", "region": "eu-west-1", "kms_key_id": "alias/state"}

MALFORMED_RESERVATION = {"function_name": "f", "reserved_concurrent_executions": "many"}


def content(**resources: Any) -> dict[str, Any]:  # noqa: ANN401 - of any type
    return {
        "provider": {"aws": [{"region": "us-east-1"}]},
        "terraform": {"backend": {"s3": {**BACKEND, "encrypt": True}}},
        "resource": resources,
    }


def requirements_of(**resources: Any) -> Requirements:  # noqa: ANN401 - of any type
    return Requirements.of(Stack(content(**resources)))


def test_requirements_are_read_from_a_stack() -> None:
    account_id = "${data.aws_caller_identity.platform-caller_1.account_id}"
    requirements = requirements_of(
        aws_s3_bucket={"a": {"bucket": "a"}, "b": {"bucket": f"b-{account_id}-c"}},
        aws_vpc_endpoint={
            "a": {"service_name": "com.amazonaws.us-east-1.s3", "vpc_endpoint_type": "Gateway"}
        },
        aws_eip={"a": {"tags": {"Name": "a-nat"}}},
        aws_secretsmanager_secret={"a": {"name": "c"}},
        aws_kms_alias={"a": {"name": "alias/d"}},
        aws_subnet={name: {"availability_zone": f"us-east-1{name}"} for name in "bab"},
        aws_lambda_function={
            "a": {"function_name": "a", "runtime": "python3.14"},
            "b": {
                "function_name": f"b-{account_id}",
                "runtime": "python3.13",
                "reserved_concurrent_executions": 3,
            },
        },
        aws_api_gateway_stage={"a": {}},
    )
    assert requirements.in_account("111111111111") == Requirements(
        region="us-east-1",
        state=BACKEND,
        names={
            "aws_s3_bucket.a": "a",
            "aws_s3_bucket.b": "b-111111111111-c",
            "aws_secretsmanager_secret.a": "c",
            "aws_kms_alias.a": "alias/d",
        },
        zones=("us-east-1a", "us-east-1b"),
        endpoints=(("com.amazonaws.us-east-1.s3", "Gateway"),),
        elastic_ips=("a-nat",),
        runtimes=("python3.13", "python3.14"),
        reserved={"b-111111111111": 3},
        access_logs=False,
    )
    assert requirements_of(aws_api_gateway_stage={"a": {}, "b": {"access_log_settings": {}}}).access_logs


def test_a_name_that_is_known_only_after_an_apply_is_rejected() -> None:
    with pytest.raises(StackError, match=r"the name \$\{random_id\.a\.hex\}-a: is known only after an apply"):
        requirements_of(aws_s3_bucket={"a": {"bucket": "${random_id.a.hex}-a"}})


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[" * 100_000, "\udcff"),
        *("null", "[]", "3", '"stack"', "{}", json.dumps({**content(), "resource": []})),
        *('{"provider": {"aws": []}}', '{"provider": {"aws": "x"}}', '{"provider": {"aws": [{}]}}'),
        json.dumps({**content(), "terraform": {}}),
        json.dumps({**content(), "terraform": {"backend": {"s3": {"bucket": "b"}}}}),
        json.dumps(content(aws_s3_bucket=[])),
        json.dumps(content(aws_s3_bucket={"a": 3})),
        json.dumps(content(aws_s3_bucket={"a": {}})),
        json.dumps(content(aws_s3_bucket={"a": {"bucket": 3}})),
        json.dumps(content(aws_lambda_function={"a": MALFORMED_RESERVATION})),
    ],
)
def test_malformed_stacks_are_rejected_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cdk.tf.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(StackError) as raised:
        Requirements.read(tmp_path)
    message = str(raised.value)
    assert message.startswith(f"{file}: is no ")
    assert len(message.splitlines()) == 1


def test_a_file_that_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"cdk\.tf\.json: does not exist: synthesize the stack first"):
        Requirements.read(tmp_path)
    (tmp_path / "cdk.tf.json").mkdir()
    with pytest.raises(StackError, match=r"cdk\.tf\.json: cannot be read: Is a directory"):
        Requirements.read(tmp_path)
