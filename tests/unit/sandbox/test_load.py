"""What the loader refuses before it makes a call: nothing listens where this server should be."""

import json
import traceback
from pathlib import Path

import pytest

from sandbox.engines.loader.document import JSON
from sandbox.engines.loader.load import load
from sandbox.errors import LoadError
from sandbox.resource_types import KINDS
from sandbox.server.process import Server


@pytest.fixture
def nowhere(tmp_path: Path) -> Server:
    return Server("https://127.0.0.1:1", 1, 0, tmp_path)


def stack(directory: Path, resource: JSON, **sections: JSON) -> Path:
    content = {"provider": {"aws": [{"region": "us-east-1"}]}, "resource": resource} | sections
    (directory / "cdk.tf.json").write_text(json.dumps(content))
    return directory


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"aws_mystery": {"x": {}}}, r"^aws_mystery\.x: unknown type aws_mystery"),
        (
            {"aws_vpc": {"x": {"cidr": "10.0.0.0/8"}}},
            r"^aws_vpc\.x\.cidr: unknown attribute .*, got '10\.0\.0\.0/8'",
        ),
        ({"aws_vpc": {"x": {"count": 2}}}, r"^aws_vpc\.x\.count: unknown attribute .*, got 2"),
        ({"aws_route": {"x": {"tags": {"a": "b"}}}}, r"^aws_route\.x\.tags: unknown attribute, got"),
        (
            {"aws_lambda_function": {"x": {"vpc_config": [{"subnets": ["s"]}]}}},
            r"^aws_lambda_function\.x\.vpc_config\.subnets: unknown attribute",
        ),
        (
            {"aws_s3_object": {"x": {"bucket": "b", "key": "k", "source": "assets/gone.zip"}}},
            r"^aws_s3_object\.x: cannot read its file: .*assets/gone\.zip",
        ),
        (
            {"aws_api_gateway_method_settings": {"x": {"method_path": "*/*", "settings": [{"speed": 1}]}}},
            r"^aws_api_gateway_method_settings\.x\.speed: unknown attribute",
        ),
        (
            {
                "aws_vpc_security_group_egress_rule": {
                    "x": {"ip_protocol": "tcp", "from_port": 443, "cidr_block": "0.0.0.0/0"}
                }
            },
            r"^aws_vpc_security_group_egress_rule\.x\.cidr_block: unknown attribute",
        ),
        ({"aws_vpc": {"x": {"cidr_block": "${local.cidr}"}}}, r"^aws_vpc\.x\.cidr_block: unknown expression"),
    ],
)
def test_refuses(tmp_path: Path, nowhere: Server, resource: JSON, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        load(stack(tmp_path, resource), nowhere)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${aws_vpc.gone.id}", r"^output\.o: refers to aws_vpc\.gone, which is not in the stack"),
        (
            "${data.aws_region.here.colour}",
            r"refers to data\.aws_region\.here\.colour, which is unknown; known are id, name, region",
        ),
        (
            "${data.aws_region.here.id[0]}",
            r"refers to data\.aws_region\.here\.id\[0\], which leads to nothing",
        ),
        (
            "${data.aws_region.here.id.x}",
            r"refers to data\.aws_region\.here\.id\[x\], which leads to nothing",
        ),
    ],
)
def test_refuses_a_reference_to_what_is_not_there(
    tmp_path: Path, nowhere: Server, value: str, message: str
) -> None:
    written = stack(tmp_path, {}, data={"aws_region": {"here": {}}}, output={"o": {"value": value}})
    with pytest.raises(LoadError, match=message):
        load(written, nowhere)


def test_a_data_source_that_asks_nothing_takes_no_arguments(tmp_path: Path, nowhere: Server) -> None:
    with pytest.raises(LoadError, match=r"^data\.aws_region\.here\.name: unknown attribute, got 'x'"):
        load(stack(tmp_path, {}, data={"aws_region": {"here": {"name": "x"}}}), nowhere)


def test_a_call_that_fails_names_its_resource(tmp_path: Path, nowhere: Server) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(LoadError, match=r"^aws_vpc\.x: CreateVpc: .*127\.0\.0\.1:1"):
        load(stack(tmp_path, {"aws_vpc": {"x": {"cidr_block": "10.0.0.0/16"}}}), nowhere)


PASSWORD = "${ephemeral.aws_secretsmanager_random_password.p.random_password}"
EPHEMERAL = {"aws_secretsmanager_random_password": {"p": {"password_length": 32}}}


@pytest.mark.parametrize(
    ("sections", "where"),
    [
        ({"resource": {"aws_vpc": {"x": {"tags": {"p": f"of {PASSWORD}"}}}}}, r"aws_vpc\.x\.tags"),
        (
            {"resource": {"aws_secretsmanager_secret_version": {"x": {"secret_string": PASSWORD}}}},
            r"aws_secretsmanager_secret_version\.x\.secret_string",
        ),
        ({"data": {"aws_region": {"x": {"region": PASSWORD}}}}, r"data\.aws_region\.x\.region"),
        ({"output": {"o": {"value": [PASSWORD]}}}, r"output\.o"),
    ],
)
def test_an_ephemeral_value_is_for_write_only_arguments(
    tmp_path: Path, nowhere: Server, sections: dict[str, JSON], where: str
) -> None:
    written = stack(tmp_path, **{"resource": {}, "ephemeral": EPHEMERAL} | sections)
    reason = r"reads ephemeral\.aws_secretsmanager_random_password\.p, which only a write-only argument"
    with pytest.raises(LoadError, match=rf"^{where}: {reason} \(\*_wo\) may$"):
        load(written, nowhere)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (
            {"aws_vpc": {"x": {"password_wo": "s3cret"}}},
            r"^aws_vpc\.x\.password_wo: unknown attribute .*, got a write-only value$",
        ),
        (
            {"aws_secretsmanager_secret_version": {"x": {"secret_string_wo": ["s3cret"], "secret_id": "s"}}},
            r"^aws_secretsmanager_secret_version\.x\.secret_string_wo: wants a .*, got a write-only value$",
        ),
        (
            {"aws_secretsmanager_secret_version": {"x": {"secret_string_wo": "s3cret"}}},
            r"^aws_secretsmanager_secret_version\.x: PutSecretValue: ParamValidationError, with a write-only",
        ),
    ],
)
def test_a_write_only_value_is_in_no_error(
    tmp_path: Path, nowhere: Server, resource: JSON, message: str
) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(LoadError, match=message) as raised:
        load(stack(tmp_path, resource), nowhere)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_what_the_embedded_aws_lacks_is_checked_all_the_same(tmp_path: Path, nowhere: Server) -> None:
    target = {"service_namespace": "dynamodb", "resource_id": "table/t", "max_capacity": 9}
    message = r"^aws_appautoscaling_target\.x: RegisterScalableTarget: Missing required .*ScalableDimension"
    with pytest.raises(LoadError, match=message):
        load(stack(tmp_path, {"aws_appautoscaling_target": {"x": target}}), nowhere)
    whole = {"x": target | {"scalable_dimension": "dynamodb:table:ReadCapacityUnits"}}
    loaded = load(stack(tmp_path, {"aws_appautoscaling_target": whole}), nowhere)
    assert loaded.attributes["aws_appautoscaling_target.x"]["id"] == "table/t"
    assert "not in the embedded AWS" in loaded.caveats[0]


def test_says_how_far_it_is(tmp_path: Path, nowhere: Server) -> None:
    said: list[tuple[int, int, str]] = []
    loaded = load(
        stack(tmp_path, {}, data={"aws_region": {"here": {}}, "aws_partition": {"ours": {}}}),
        nowhere,
        lambda *step: said.append(step),
    )
    assert said == [(0, 2, "data.aws_region.here"), (1, 2, "data.aws_partition.ours")]
    assert loaded.attributes["data.aws_region.here"]["region"] == "us-east-1"
    assert loaded.caveats == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_s_calls_are_the_service_s(kind: str, nowhere: Server) -> None:
    row = KINDS[kind]
    model = nowhere.client(row.service).meta.service_model
    for call in (*([row.create] if row.create else []), *row.then):
        operation = model.operation_model(call.operation)
        assert set(call.keys) | set(call.fixed) <= set(operation.input_shape.members)
        first = {path.partition(".")[0].partition("[")[0] for path in call.returns.values()}
        assert first <= set(operation.output_shape.members if operation.output_shape else ())
