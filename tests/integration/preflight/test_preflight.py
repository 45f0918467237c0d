"""`python -m operations.preflight` in accounts of the embedded AWS, with responses that only AWS gives."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from infra.policy import trust
from operations.bootstrap.log_role import ensure_log_role
from operations.preflight import __main__ as command
from operations.preflight import preflight
from operations.preflight.requirements import Requirements
from sandbox.server.process import Server
from tests.integration.accounts import Account
from tests.integration.fault_injection import Fault, canned_response, error_response
from tests.integration.preflight.stacks import bootstrap, lines, problems, run, save_state, stack_of
from tests.synthesis import Synthesize

PERMISSIONS = set(re.findall(r"\b[a-z0-9]+:[A-Z]\w+", command.__doc__ or ""))

app = command.app


def test_every_check_passes_after_bootstrap(account: Account, name: str, tmp_path: Path) -> None:
    before = run(account, tmp_path, stack_of(name))
    bootstrap(account, name)
    after = run(account, tmp_path, stack_of(name))
    assert [line for line in before.stdout.splitlines() if line.startswith("problem")] == [
        f"problem  state bucket {name}-state: does not exist: make bootstrap",
        "problem  API Gateway has no role for access logs in us-east-1: make bootstrap",
    ]
    assert (before.exit_code, after.exit_code, after.stderr) == (1, 0, "")
    assert [line.split(": ")[0] for line in after.stdout.splitlines()] == [
        f"ok       account {account.id}, region us-east-1, as arn:aws:iam::{account.id}:root",
        f"ok       state bucket {name}-state",
        f"ok       bucket {name}-logs",
        f"ok       bucket {name}-{account.id}",
        f"ok       secret {name}-secret",
        f"ok       key alias/{name}",
        "ok       runtime python3.14",
        "ok       Lambda's concurrency",
        "ok       zones",
        "ok       endpoint com.amazonaws.us-east-1.s3",
        "ok       endpoint com.amazonaws.us-east-1.ssm",
        "ok       Elastic IP addresses",
        "ok       API Gateway's role for logs",
    ]


def test_the_project_s_stack_is_checked(account: Account, synthesize: Synthesize) -> None:
    stack = synthesize(ENVIRONMENT="production", ENVIRONMENT_SUFFIX="synthtrainr963")
    lines = [finding.line for finding in preflight(account.clients, Requirements.of(stack))]
    assert f"bucket trainr963-synthtrainr963-s3-files-production-{account.id}: the name is free" in lines
    assert any(line.startswith("Lambda's concurrency: the stack reserves 45, ") for line in lines)
    assert "zones: us-east-1a (use1-az1), us-east-1b (use1-az2)" in lines
    assert "Elastic IP addresses: the stack needs 1 more, 0 of the account's 5 are allocated" in lines
    assert "endpoint com.amazonaws.us-east-1.dynamodb: Gateway" in lines


def test_the_checks_change_nothing(account: Account, name: str) -> None:
    bootstrap(account, name)
    account.calls.clear()
    account("s3").create_bucket(Bucket=f"{name}-logs")
    assert len(problems(account, stack_of(name, reserved=1))) == 1
    assert account.calls
    assert account.changes == []


def test_buckets_of_another_account_are_problems(server: Server, account: Account, name: str) -> None:
    other = Account.new(server)
    for bucket in ("state", "logs"):
        other("s3").create_bucket(Bucket=f"{name}-{bucket}")
    state, logs, role = problems(account, stack_of(name))
    assert state.startswith(f"bucket {name}-state belongs to another account: choose another name")
    assert logs.startswith(f"bucket {name}-logs belongs to another account: choose another name")
    assert "role" in role


def test_a_state_bucket_in_another_region_is_a_problem(account: Account, name: str) -> None:
    """On AWS, S3 responds with 301 to requests in another region, and the SDK repeats them there."""
    moved = canned_response("moved", b"", 301, {"x-amz-bucket-region": "eu-west-1"})
    bootstrap(account, name, "eu-west-1")
    asked: list[str] = []

    def respond(client: Any, request: Any) -> Any:  # noqa: ANN401 - botocore's
        asked.append(request.url)
        return moved.respond(client, request) if len(asked) == 1 else None

    account.faults["HeadBucket"] = Fault("moved", respond)
    (problem,) = problems(account, stack_of(name))
    assert problem == (
        f"state bucket {name}-state: it is in eu-west-1, not us-east-1: set STATE_REGION=eu-west-1"
    )
    assert len(asked) > 1
    account.faults.clear()
    assert problems(account, stack_of(name, state_region="eu-west-1")) == []


def test_a_state_bucket_that_bootstrap_did_not_create_is_a_problem(account: Account, name: str) -> None:
    account("s3").create_bucket(Bucket=f"{name}-state")
    ensure_log_role(account.clients, region="us-east-1", tags={"a": "b"})
    assert problems(account, stack_of(name)) == [
        (
            f"state bucket {name}-state: versioning none, encryption AES256, alias/{name}-state missing:"
            " make bootstrap"
        )
    ]


def test_a_runtime_that_the_region_does_not_know_is_a_problem(account: Account, name: str) -> None:
    bootstrap(account, name)
    assert problems(account, stack_of(name, runtime="python3.99")) == [
        "runtime python3.99: Lambda does not know it in us-east-1: set AWS_REGION to another region"
    ]


def test_too_much_reserved_concurrency_is_a_problem(account: Account, name: str) -> None:
    bootstrap(account, name)
    limit = account("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    assert problems(account, stack_of(name, reserved=limit - 100)) == []
    (problem,) = problems(account, stack_of(name, reserved=limit - 99))
    assert f"the stack reserves {limit - 99}, but of the account's {limit} only {limit - 100} can" in problem


def test_existing_reservations_of_the_stack_s_functions_are_available_to_it(
    account: Account, name: str
) -> None:
    bootstrap(account, name)
    limit = account("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    make_function(account, f"{name}-function", reserved=50)
    make_function(account, f"{name}-other", reserved=5)
    assert problems(account, stack_of(name, reserved=limit - 105)) == []
    assert len(problems(account, stack_of(name, reserved=limit - 104))) == 1


def test_the_quota_of_a_new_account(account: Account, name: str) -> None:
    bootstrap(account, name)
    few = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    account.faults["GetAccountSettings"] = _json(AccountLimit=few)
    (problem,) = problems(account, stack_of(name, reserved=1))
    assert "the stack reserves 1, but of the account's 10 only 0 can be" in problem
    assert any(
        line.endswith("the account has 10; a new account's quota, request more before there is load")
        for line in lines(account, stack_of(name))
    )


def test_a_missing_permission_is_a_problem_of_its_check_alone(account: Account, name: str) -> None:
    bootstrap(account, name)
    operator = account.with_role(*PERMISSIONS - {"ec2:DescribeAvailabilityZones", "kms:DescribeKey"})
    state, alias, zones = problems(operator, stack_of(name))
    assert state.startswith(f"state bucket {name}-state: not checked: User: arn:aws:sts::")
    assert "is not authorized to perform: kms:DescribeKey" in state
    assert "is not authorized to perform: kms:DescribeKey" in alias
    assert "is not authorized to perform: ec2:DescribeAvailabilityZones" in zones


def test_the_documented_permissions_are_those_that_are_used(
    server: Server, account: Account, name: str
) -> None:
    bootstrap(account, name)
    account("s3").create_bucket(Bucket=f"{name}-logs")
    save_state(account, name, "aws_s3_bucket.logs")
    Account.new(server)("s3").create_bucket(Bucket=f"{name}-{account.id}")
    # MiniStack evaluates PutFunctionConcurrency where AWS evaluates GetFunctionConcurrency, and does not
    # evaluate kms:Decrypt where S3 decrypts an object.
    operator = account.with_role(*PERMISSIONS, "lambda:PutFunctionConcurrency")
    assert len(problems(operator, stack_of(name, reserved=1))) == 1
    mistaken = {
        "lambda:PutFunctionConcurrency",
        "lambda:GetFunctionConcurrency",
        "lambda:GetAccountSettings",
        "kms:Decrypt",
    }
    assert operator.used_actions - mistaken == PERMISSIONS - mistaken


def test_a_throttled_call_is_a_problem_of_its_check(account: Account, name: str) -> None:
    bootstrap(account, name)
    account.faults["GetAccountSettings"] = error_response("throttled", "TooManyRequestsException", 429)
    (problem,) = problems(account, stack_of(name))
    assert problem.startswith(
        "Lambda's concurrency: not checked: GetAccountSettings: TooManyRequestsException"
    )


def test_unknown_credentials_end_with_one_line(account: Account, name: str, tmp_path: Path) -> None:
    account.credentials = {"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"}
    result = run(account, tmp_path, stack_of(name))
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert "AWS does not know the credentials (InvalidClientTokenId)" in result.stderr


def test_a_missing_certificate_ends_with_one_line(account: Account, name: str, tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_text(json.dumps(stack_of(name)))
    nowhere = {**account.environment, "AWS_CA_BUNDLE": "/nowhere/ca.pem"}
    result = CliRunner().invoke(app, [str(tmp_path)], env=nowhere)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert "check the region, the network, AWS_ENDPOINT_URL and AWS_CA_BUNDLE" in result.stderr


def test_a_missing_stack_has_exit_code_2(account: Account, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path)], env=account.environment)
    assert (result.exit_code, result.stdout) == (2, "")
    file = tmp_path / "cdk.tf.json"
    assert (
        result.stderr
        == f"cannot check the account: {file}: does not exist: synthesize the stack first (make synth)\n"
    )


def make_function(account: Account, name: str, *, reserved: int) -> None:
    role = account("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("function.py", "")
    account("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="function.handler",
        Code={"ZipFile": code.getvalue()},
    )
    account("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)


def _json(**content: Any) -> Fault:  # noqa: ANN401 - of an answer
    return canned_response("", json.dumps(content).encode(), 200, {})
