"""The program's own side, without a provider: state, lock and second plan in the embedded S3."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sandbox.engines.terraform.apply import prepare
from sandbox.engines.terraform.program import PROGRAMS, Terraform
from sandbox.errors import LoadError, TerraformError
from sandbox.server.process import Server
from synthesized.stack import JSON
from tests.synthesis import Synthesize

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)), reason="neither terraform nor tofu is on the PATH"
)

Prepare = Callable[..., Terraform]
DATA = {"terraform_data": {"x": {"input": "one"}}}


@pytest.fixture
def backend(synthesize: Synthesize) -> Mapping[str, Any]:
    """That of the stack, with a state of the test's own."""
    theirs: Mapping[str, Any] = synthesize().document["terraform"]["backend"]["s3"]
    return {**theirs, "key": f"{uuid4()}/terraform.tfstate"}


@pytest.fixture
def prepared(server: Server, backend: Mapping[str, Any], tmp_path: Path) -> Prepare:
    def prepare_with(resource: JSON = DATA, version: str = ">= 1.11", **sections: JSON) -> Terraform:
        (tmp_path / "stack").mkdir(exist_ok=True)
        settings = {"required_version": version, "backend": {"s3": backend}}
        content = {"terraform": settings, "resource": resource, **sections}
        (tmp_path / "stack/cdk.tf.json").write_text(json.dumps(content))
        return prepare(tmp_path / "stack", server, tmp_path / "terraform")

    return prepare_with


def test_the_state_is_in_s3_encrypted_and_versioned(
    prepared: Prepare, server: Server, backend: Mapping[str, Any]
) -> None:
    for value in ("one", "two"):
        terraform = prepared({"terraform_data": {"x": {"input": value}}})
        terraform.init()
        terraform.apply(lambda *_: None)
    place = {"Bucket": backend["bucket"], "Key": backend["key"]}
    state = server.client("s3").get_object(**place)
    key = server.client("kms").describe_key(KeyId=backend["kms_key_id"])["KeyMetadata"]
    assert state["ServerSideEncryption"] == "aws:kms"
    assert state["SSEKMSKeyId"] in {key["Arn"], key["KeyId"], backend["kms_key_id"]}
    assert [each["type"] for each in json.load(state["Body"])["resources"]] == ["terraform_data"]
    versions = server.client("s3").list_object_versions(Bucket=place["Bucket"], Prefix=place["Key"])
    assert len([each for each in versions["Versions"] if each["Key"] == place["Key"]]) == 2
    assert terraform.state()["root_module"]["resources"][0]["values"]["input"] == "two"
    # Nothing of it is where the program runs.
    assert not list(terraform.directory.glob("*.tfstate*"))


def test_progress_and_outputs_are_told(prepared: Prepare) -> None:
    terraform = prepared(output={"told": {"value": "${terraform_data.x.output}"}})
    terraform.init()
    steps: list[tuple[int, int, str]] = []
    terraform.apply(lambda *step: steps.append(step))
    assert steps == [(0, 1, "terraform_data.x")]
    assert terraform.state()["outputs"]["told"]["value"] == "one"


def test_a_second_plan_is_empty(prepared: Prepare) -> None:
    terraform = prepared(output={"told": {"value": "${terraform_data.x.output}"}})
    terraform.init()
    assert terraform.differences() == ["terraform_data.x", "output.told"]
    assert "# terraform_data.x will be created" in terraform.log.read_text()
    terraform.apply(lambda *_: None)
    assert terraform.differences() == []


def test_a_lock_that_another_holds_is_respected(
    prepared: Prepare, server: Server, backend: Mapping[str, Any]
) -> None:
    terraform = prepared()
    terraform.init()
    lock = {"Bucket": backend["bucket"], "Key": f"{backend['key']}.tflock"}
    held = json.dumps({"ID": str(uuid4()), "Operation": "OperationTypeApply", "Who": "somebody"})
    server.client("s3").put_object(**lock, Body=held)
    with pytest.raises(
        TerraformError, match=r"state lock.*PreconditionFailed.*Another run holds the lock"
    ) as caught:
        terraform.apply(lambda *_: None)
    assert "\n" not in str(caught.value)
    server.client("s3").delete_object(**lock)
    terraform.apply(lambda *_: None)
    left = server.client("s3").list_objects_v2(Bucket=lock["Bucket"], Prefix=lock["Key"])
    assert left["KeyCount"] == 0


def test_what_cannot_be_made_is_named(prepared: Prepare) -> None:
    failing = {
        "input": "",
        "depends_on": ["terraform_data.x"],
        "provisioner": {"local-exec": {"command": "false"}},
    }
    terraform = prepared({"terraform_data": {"x": {}, "y": failing}})
    terraform.init()
    with pytest.raises(
        TerraformError, match=r"apply failed: terraform_data\.y: local-exec provisioner error"
    ):
        terraform.apply(lambda *_: None)
    assert [each["name"] for each in terraform.state()["root_module"]["resources"]] == ["x", "y"]


def test_a_version_that_the_stack_does_not_take_is_named(prepared: Prepare) -> None:
    if prepared().program.name == "tofu":
        pytest.skip("OpenTofu 1.12 leaves required_version to Terraform")
    with pytest.raises(
        TerraformError, match=r"init failed: Unsupported .* Core version: .* not support .* version 1"
    ):
        prepared(version=">= 99").init()


def test_a_provider_that_cannot_be_had_is_named(
    prepared: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "rc").write_text(
        f'provider_installation {{ filesystem_mirror {{ path = "{tmp_path}/mirror" }} }}'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "rc"))
    with pytest.raises(TerraformError, match=r"init failed: .*hashicorp/aws.* TF_CLI_CONFIG_FILE"):
        prepared({"aws_vpc": {"x": {}}}).init()


def test_what_the_user_has_set_leads_nowhere_else(prepared: Prepare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("TF_WORKSPACE", "another")
    monkeypatch.setenv("TF_CLI_ARGS_apply", "-destroy")
    terraform = prepared()
    assert os.environ["AWS_PROFILE"] not in terraform.environment.values()
    terraform.init()
    terraform.apply(lambda *_: None)
    assert terraform.differences() == []


def test_another_place_of_the_state_is_refused(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_text('{"terraform": {"backend": {"local": {}}}}')
    with pytest.raises(LoadError, match=r"terraform\.backend: has no s3"):
        prepare(tmp_path, server, tmp_path / "terraform")


def test_a_place_that_cannot_be_made_is_named(
    server: Server, backend: Mapping[str, Any], tmp_path: Path
) -> None:
    content = {"terraform": {"backend": {"s3": {**backend, "bucket": "No"}}}}
    (tmp_path / "cdk.tf.json").write_text(json.dumps(content))
    with pytest.raises(LoadError, match=r"terraform\.backend\.s3: .*HeadBucket"):
        prepare(tmp_path, server, tmp_path / "terraform")
