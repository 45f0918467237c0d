"""The loader without a server: what it refuses before it makes a call."""

import json
import traceback
from pathlib import Path

import pytest

from sandbox.engines.loader.load import load
from sandbox.errors import LoadError
from sandbox.resource_types import RESOURCE_TYPES
from sandbox.server.process import Server
from synthesized.stack import JSON

ROOT = {"AccessKeyId": "AKIA", "SecretAccessKey": "secret"}


@pytest.fixture
def missing_server(tmp_path: Path) -> Server:
    """A server that does not listen."""
    return Server("https://127.0.0.1:1", 1, 0, None, ROOT, tmp_path)


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
def test_unknown_configuration_is_refused(
    tmp_path: Path, missing_server: Server, resource: JSON, message: str
) -> None:
    with pytest.raises(LoadError, match=message):
        load(stack(tmp_path, resource), missing_server)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${aws_vpc.gone.id}", r"^output\.o: refers to aws_vpc\.gone, which is not in the stack"),
        (
            "${data.aws_region.here.colour}",
            r"refers to data\.aws_region\.here\.colour, which is unknown; known attributes: id, name, region",
        ),
        (
            "${data.aws_region.here.id[0]}",
            r"refers to data\.aws_region\.here\.id\[0\], which does not exist",
        ),
        (
            "${data.aws_region.here.id.x}",
            r"refers to data\.aws_region\.here\.id\[x\], which does not exist",
        ),
    ],
)
def test_reference_to_missing_attribute_is_refused(
    tmp_path: Path, missing_server: Server, value: str, message: str
) -> None:
    directory = stack(tmp_path, {}, data={"aws_region": {"here": {}}}, output={"o": {"value": value}})
    with pytest.raises(LoadError, match=message):
        load(directory, missing_server)


def test_data_source_without_calls_takes_no_arguments(tmp_path: Path, missing_server: Server) -> None:
    with pytest.raises(LoadError, match=r"^data\.aws_region\.here\.name: unknown attribute, got 'x'"):
        load(stack(tmp_path, {}, data={"aws_region": {"here": {"name": "x"}}}), missing_server)


def test_error_of_failed_call_names_the_resource(tmp_path: Path, missing_server: Server) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(LoadError, match=r"^aws_vpc\.x: CreateVpc: .*127\.0\.0\.1:1"):
        load(stack(tmp_path, {"aws_vpc": {"x": {"cidr_block": "10.0.0.0/16"}}}), missing_server)


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
def test_only_write_only_arguments_accept_ephemeral_values(
    tmp_path: Path, missing_server: Server, sections: dict[str, JSON], where: str
) -> None:
    directory = stack(tmp_path, **{"resource": {}, "ephemeral": EPHEMERAL} | sections)
    reference = r"ephemeral\.aws_secretsmanager_random_password\.p"
    with pytest.raises(
        LoadError, match=rf"^{where}: only a write-only argument \(\*_wo\) may refer to {reference}$"
    ):
        load(directory, missing_server)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (
            {"aws_vpc": {"x": {"password_wo": "s3cret"}}},
            r"^aws_vpc\.x\.password_wo: unknown attribute .*, got a write-only value$",
        ),
        (
            {"aws_secretsmanager_secret_version": {"x": {"secret_string_wo": ["s3cret"], "secret_id": "s"}}},
            r"^aws_secretsmanager_secret_version\.x\.secret_string_wo: a .* is expected, got a write-only",
        ),
        (
            {"aws_secretsmanager_secret_version": {"x": {"secret_string_wo": "s3cret"}}},
            r"^aws_secretsmanager_secret_version\.x: PutSecretValue: ParamValidationError, with a write-only",
        ),
    ],
)
def test_no_error_contains_a_write_only_value(
    tmp_path: Path, missing_server: Server, resource: JSON, message: str
) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(LoadError, match=message) as raised:
        load(stack(tmp_path, resource), missing_server)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_parameters_of_missing_service_are_validated(tmp_path: Path, missing_server: Server) -> None:
    target = {"service_namespace": "dynamodb", "resource_id": "table/t", "max_capacity": 9}
    message = r"^aws_appautoscaling_target\.x: RegisterScalableTarget: Missing required .*ScalableDimension"
    with pytest.raises(LoadError, match=message):
        load(stack(tmp_path, {"aws_appautoscaling_target": {"x": target}}), missing_server)
    whole = {"x": target | {"scalable_dimension": "dynamodb:table:ReadCapacityUnits"}}
    loaded = load(stack(tmp_path, {"aws_appautoscaling_target": whole}), missing_server)
    assert loaded.attributes["aws_appautoscaling_target.x"]["id"] == "table/t"
    assert "nothing scales" in loaded.limitations[0]


def test_progress_is_reported(tmp_path: Path, missing_server: Server) -> None:
    steps: list[tuple[int, int, str]] = []
    loaded = load(
        stack(tmp_path, {}, data={"aws_region": {"here": {}}, "aws_partition": {"ours": {}}}),
        missing_server,
        lambda *step: steps.append(step),
    )
    assert steps == [(0, 2, "data.aws_region.here"), (1, 2, "data.aws_partition.ours")]
    assert loaded.attributes["data.aws_region.here"]["region"] == "us-east-1"
    assert loaded.limitations == ()


@pytest.mark.parametrize("name", RESOURCE_TYPES)
def test_calls_of_resource_type_match_the_service_model(name: str, missing_server: Server) -> None:
    resource_type = RESOURCE_TYPES[name]
    model = missing_server.client(resource_type.service).meta.service_model
    for call in (*([resource_type.create] if resource_type.create else []), *resource_type.then):
        operation = model.operation_model(call.operation)
        assert set(call.parameters) | set(call.constants) <= set(operation.input_shape.members)
        members = {path.partition(".")[0].partition("[")[0] for path in call.returns.values()}
        assert members <= set(operation.output_shape.members if operation.output_shape else ())
