"""Terraform itself, without a provider: the state, its lock and a second plan in the embedded S3."""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sandbox.engines.terraform.apply import install, prepare
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
    """Return the stack's backend, with a separate state for every test."""
    backend: Mapping[str, Any] = synthesize().document["terraform"]["backend"]["s3"]
    return {**backend, "key": f"{uuid4()}/terraform.tfstate"}


@pytest.fixture
def prepared(server: Server, backend: Mapping[str, Any], tmp_path: Path) -> Prepare:
    def prepare_with(resource: JSON = DATA, version: str = ">= 1.11", **sections: JSON) -> Terraform:
        (tmp_path / "stack").mkdir(exist_ok=True)
        settings = {"required_version": version, "backend": {"s3": backend}}
        content = {"terraform": settings, "resource": resource, **sections}
        (tmp_path / "stack/cdk.tf.json").write_text(json.dumps(content))
        return prepare(tmp_path / "stack", server, tmp_path / "terraform")

    return prepare_with


def test_state_is_in_s3_encrypted_and_versioned(
    prepared: Prepare, server: Server, backend: Mapping[str, Any]
) -> None:
    for value in ("one", "two"):
        terraform = prepared({"terraform_data": {"x": {"input": value}}})
        terraform.init()
        terraform.apply(lambda *_: None)
    location = {"Bucket": backend["bucket"], "Key": backend["key"]}
    state = server.client("s3").get_object(**location)
    key = server.client("kms").describe_key(KeyId=backend["kms_key_id"])["KeyMetadata"]
    assert state["ServerSideEncryption"] == "aws:kms"
    assert state["SSEKMSKeyId"] in {key["Arn"], key["KeyId"], backend["kms_key_id"]}
    assert [resource["type"] for resource in json.load(state["Body"])["resources"]] == ["terraform_data"]
    versions = server.client("s3").list_object_versions(Bucket=location["Bucket"], Prefix=location["Key"])
    assert len([version for version in versions["Versions"] if version["Key"] == location["Key"]]) == 2
    assert terraform.state()["root_module"]["resources"][0]["values"]["input"] == "two"
    # The directory of the program contains no state.
    assert not list(terraform.directory.glob("*.tfstate*"))


def test_progress_and_outputs_are_reported(prepared: Prepare) -> None:
    terraform = prepared(output={"result": {"value": "${terraform_data.x.output}"}})
    terraform.init()
    steps: list[tuple[int, int, str]] = []
    terraform.apply(lambda *step: steps.append(step))
    assert steps == [(0, 1, "terraform_data.x")]
    assert terraform.state()["outputs"]["result"]["value"] == "one"


def test_second_plan_is_empty(prepared: Prepare) -> None:
    terraform = prepared(output={"result": {"value": "${terraform_data.x.output}"}})
    terraform.init()
    assert terraform.differences() == ["terraform_data.x", "output.result"]
    assert "# terraform_data.x will be created" in terraform.log.read_text()
    terraform.apply(lambda *_: None)
    assert terraform.differences() == []


def test_lock_of_another_run_is_respected(
    prepared: Prepare, server: Server, backend: Mapping[str, Any]
) -> None:
    terraform = prepared()
    terraform.init()
    lock = {"Bucket": backend["bucket"], "Key": f"{backend['key']}.tflock"}
    lock_info = json.dumps({"ID": str(uuid4()), "Operation": "OperationTypeApply", "Who": "somebody"})
    server.client("s3").put_object(**lock, Body=lock_info)
    with pytest.raises(
        TerraformError, match=r"state lock.*PreconditionFailed.*Another run holds the lock"
    ) as caught:
        terraform.apply(lambda *_: None)
    assert "\n" not in str(caught.value)
    server.client("s3").delete_object(**lock)
    terraform.apply(lambda *_: None)
    objects = server.client("s3").list_objects_v2(Bucket=lock["Bucket"], Prefix=lock["Key"])
    assert objects["KeyCount"] == 0


def test_error_names_the_resource(prepared: Prepare) -> None:
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
    assert [resource["name"] for resource in terraform.state()["root_module"]["resources"]] == ["x", "y"]


def test_required_version_is_checked(prepared: Prepare) -> None:
    if prepared().program.name == "tofu":
        pytest.skip("OpenTofu 1.12 ignores required_version")
    with pytest.raises(
        TerraformError, match=r"init failed: Unsupported .* Core version: .* not support .* version 1"
    ):
        prepared(version=">= 99").init()


def test_error_names_a_provider_that_cannot_be_installed(
    prepared: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "rc").write_text(
        f'provider_installation {{ filesystem_mirror {{ path = "{tmp_path}/mirror" }} }}'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "rc"))
    with pytest.raises(TerraformError, match=r"init failed: .*hashicorp/aws.* TF_CLI_CONFIG_FILE"):
        prepared({"aws_vpc": {"x": {}}}).init()


def test_installation_neither_needs_nor_changes_the_backend(prepared: Prepare) -> None:
    terraform = prepared()
    terraform.init()
    backend = terraform.directory / ".terraform/terraform.tfstate"
    ended = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", backend.read_text())
    backend.write_text(ended)
    override = terraform.directory / "sandbox_override.tf.json"
    # Terraform would refuse an override of an output that the new stack does not have.
    override.write_text('{"output": {"gone": {"value": 1}}}')
    install(terraform.directory.parent / "stack", terraform.directory)
    assert backend.read_text() == ended
    assert "gone" in override.read_text()


def test_environment_of_the_user_has_no_effect(prepared: Prepare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("TF_WORKSPACE", "another")
    monkeypatch.setenv("TF_CLI_ARGS_apply", "-destroy")
    terraform = prepared()
    assert os.environ["AWS_PROFILE"] not in terraform.environment.values()
    terraform.init()
    terraform.apply(lambda *_: None)
    assert terraform.differences() == []


def test_other_backend_is_refused(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_text('{"terraform": {"backend": {"local": {}}}}')
    with pytest.raises(LoadError, match=r"terraform\.backend: has no s3"):
        prepare(tmp_path, server, tmp_path / "terraform")


def test_error_names_a_bucket_that_cannot_be_created(
    server: Server, backend: Mapping[str, Any], tmp_path: Path
) -> None:
    content = {"terraform": {"backend": {"s3": {**backend, "bucket": "No"}}}}
    (tmp_path / "cdk.tf.json").write_text(json.dumps(content))
    with pytest.raises(LoadError, match=r"terraform\.backend\.s3: .*HeadBucket"):
        prepare(tmp_path, server, tmp_path / "terraform")
