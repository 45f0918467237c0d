"""`python -m operations.plans` with a state bucket of the embedded AWS."""

import hashlib
import json
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSPreparedRequest
from typer.testing import CliRunner, Result

from operations.aws import Clients
from operations.plans import LOCK_FILE, PLAN_FILE, PlanError, app, fetch, save
from sandbox.server.process import ACCOUNT, Client, Server
from synthesized.stack import FILE
from tests.integration.pipeline_roles import assume_role

PREFIX = "plans/project/main/dev/terraform.tfstate/"


@pytest.fixture(scope="module")
def bucket(server: Server) -> str:
    name = f"plans-{uuid4()}"
    key = server.client("kms").create_key()["KeyMetadata"]["KeyId"]
    server.client("kms").create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    server.client("s3").create_bucket(Bucket=name)
    return name


def synthesized(directory: Path, bucket: str, **resource: str) -> Path:
    backend = {
        "bucket": bucket,
        "key": "project/main/dev/terraform.tfstate",
        "region": "us-east-1",
        "kms_key_id": f"alias/{bucket}",
    }
    directory.mkdir()
    (directory / FILE).write_text(
        json.dumps({"terraform": {"backend": {"s3": backend}}, "resource": {"aws_x": {"a": resource}}})
    )
    return directory


def planned(directory: Path, plan: bytes = b"the plan") -> Path:
    (directory / PLAN_FILE).write_bytes(plan)
    (directory / LOCK_FILE).write_bytes(b"the providers")
    return directory


def test_a_commit_that_synthesizes_to_the_same_stack_finds_the_plan(
    server: Server, bucket: str, tmp_path: Path
) -> None:
    reviewed = planned(synthesized(tmp_path / "reviewed", bucket, a="1"))
    merged = synthesized(tmp_path / "merged", bucket, a="1")
    place = save(reviewed, server.client)
    sha256 = fetch(merged, server.client)
    assert sha256 == hashlib.sha256(b"the plan").hexdigest()
    assert (merged / PLAN_FILE).read_bytes() == b"the plan"
    assert (merged / LOCK_FILE).read_bytes() == b"the providers"
    stack = hashlib.sha256((reviewed / FILE).read_bytes()).hexdigest()
    assert place == f"s3://{bucket}/{PREFIX}{stack}/"


def test_both_files_are_encrypted_with_the_key_of_the_state(
    server: Server, bucket: str, tmp_path: Path
) -> None:
    stack = planned(synthesized(tmp_path / "stack", bucket, a="encrypted"))
    place = save(stack, server.client)
    s3 = server.client("s3")
    for name in (PLAN_FILE, LOCK_FILE):
        stored = s3.head_object(Bucket=bucket, Key=f"{place.removeprefix(f's3://{bucket}/')}{name}")
        assert stored["ServerSideEncryption"] == "aws:kms"
        assert f"alias/{bucket}" in stored["SSEKMSKeyId"]


def test_a_later_plan_replaces_an_earlier_one(server: Server, bucket: str, tmp_path: Path) -> None:
    stack = planned(synthesized(tmp_path / "stack", bucket, a="later"))
    save(stack, server.client)
    save(planned(stack, b"another"), server.client)
    assert fetch(stack, server.client) == hashlib.sha256(b"another").hexdigest()


def test_another_plan_than_the_reviewed_one_is_rejected(server: Server, bucket: str, tmp_path: Path) -> None:
    stack = planned(synthesized(tmp_path / "stack", bucket, a="swapped"))
    save(stack, server.client)
    reviewed = hashlib.sha256(b"the plan").hexdigest()
    assert fetch(stack, server.client, sha256=reviewed) == reviewed
    save(planned(stack, b"swapped"), server.client)
    merged = synthesized(tmp_path / "merged", bucket, a="swapped")
    with pytest.raises(PlanError, match=rf"but {reviewed} was reviewed: plan again$"):
        fetch(merged, server.client, sha256=reviewed)
    assert [path.name for path in merged.iterdir()] == [FILE]


def test_another_stack_finds_no_plan(server: Server, bucket: str, tmp_path: Path) -> None:
    save(planned(synthesized(tmp_path / "reviewed", bucket, a="2")), server.client)
    with pytest.raises(
        PlanError, match=r"^s3://\S+ contains no plan of this stack: .*plan again, and read the review$"
    ):
        fetch(synthesized(tmp_path / "merged", bucket, a="3"), server.client)


@pytest.mark.parametrize("missing", [PLAN_FILE, LOCK_FILE])
def test_a_missing_plan_cannot_be_saved(server: Server, bucket: str, tmp_path: Path, missing: str) -> None:
    stack = planned(synthesized(tmp_path / "stack", bucket))
    (stack / missing).unlink()
    with pytest.raises(
        PlanError, match=rf"{missing} cannot be read: run terraform plan -out={PLAN_FILE} first$"
    ):
        save(stack, server.client)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"terraform": {"backend": {"local": {}}}}'])
def test_a_malformed_stack_is_rejected(server: Server, tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(PlanError, match=r"cdk\.tf\.json: is no .*synth"):
        fetch(tmp_path, server.client)
    assert run(server, "fetch", str(tmp_path)).stderr.startswith(f"cannot fetch the plan: {tmp_path}")


def run(server: Server, *arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(app, arguments, env={**server.environment(), **variables})


def test_the_command_saves_and_fetches(server: Server, bucket: str, tmp_path: Path) -> None:
    stack = planned(synthesized(tmp_path / "stack", bucket, a="command"))
    saved = run(server, "save", str(stack))
    assert (saved.exit_code, saved.stderr) == (0, "")
    assert saved.stdout.startswith(f"saved in s3://{bucket}/{PREFIX}")
    sha256 = hashlib.sha256(b"the plan").hexdigest()
    fetched = run(server, "fetch", str(stack), "--sha256", sha256)
    assert (fetched.exit_code, fetched.stdout, fetched.stderr) == (0, f"{sha256}\n", "")


def test_the_command_ends_with_one_line(server: Server, tmp_path: Path) -> None:
    stack = planned(synthesized(tmp_path / "stack", f"nobodys-{uuid4()}"))
    for command in ("save", "fetch"):
        done = run(server, command, str(stack))
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"cannot {command} the plan: ")
        assert "NoSuchBucket" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_every_call_names_the_expected_owner_of_the_bucket(
    server: Server, bucket: str, tmp_path: Path
) -> None:
    """MiniStack does not compare it; the owner of another bucket could take plans, and give others."""
    owners: list[object] = []
    s3 = server.client("s3")

    def record(request: AWSPreparedRequest, **_: object) -> None:
        owners.append(request.headers.get("x-amz-expected-bucket-owner"))

    def clients(service: str, region: str) -> Client:
        return s3 if service == "s3" else server.client(service, region)

    stack = planned(synthesized(tmp_path / "stack", bucket, a="owner"))
    s3.meta.events.register("before-send.s3", record)
    try:
        save(stack, clients)
        fetch(stack, clients)
    finally:  # other tests use the same client
        s3.meta.events.unregister("before-send.s3", record)
    assert owners == [ACCOUNT.encode()] * 4


@pytest.fixture
def plan_role(server: Server, bucket: str) -> Clients:
    return assume_role(server, "plan", bucket)


def test_the_documented_role_keeps_plans_and_reads_the_state(
    server: Server, bucket: str, plan_role: Clients, tmp_path: Path
) -> None:
    state = {"Bucket": bucket, "Key": "project/main/dev/terraform.tfstate"}
    server.client("s3").put_object(**state, Body=b"{}")
    stack = planned(synthesized(tmp_path / "stack", bucket, a="role"))
    save(stack, plan_role)
    assert fetch(stack, plan_role) == hashlib.sha256(b"the plan").hexdigest()
    assert plan_role("s3", "us-east-1").get_object(**state)["Body"].read() == b"{}"


def test_a_missing_permission_is_named_in_one_line(
    server: Server, plan_role: Clients, bucket: str, tmp_path: Path
) -> None:
    other = synthesized(tmp_path / "other", bucket)
    (other / FILE).write_text((other / FILE).read_text().replace("main/dev", "main/prod"))
    session = plan_role("s3", "us-east-1")._get_credentials()  # what an environment would have
    done = run(
        server,
        "save",
        str(planned(other)),
        AWS_ACCESS_KEY_ID=session.access_key,
        AWS_SECRET_ACCESS_KEY=session.secret_key,
        AWS_SESSION_TOKEN=session.token,
    )
    assert done.exit_code == 1
    assert "s3:PutObject" in done.stderr
    assert len(done.stderr.splitlines()) == 1
