"""`python -m operations.bootstrap` in accounts of the embedded AWS, with responses that only AWS gives."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from operations import aws
from operations.aws import Caller, SetupError, explain
from operations.bootstrap import __main__ as command
from operations.bootstrap import ensure_state
from operations.bootstrap.log_role import LOG_ROLE, ensure_log_role
from sandbox.server.process import Client, Server
from tests.integration.accounts import Account
from tests.integration.fault_injection import (
    KILL_AFTER,
    Fault,
    FunctionKilled,
    canned_response,
    error_response,
)

TAGS = {"Project": "p", "Owner": "platform"}
CHANGES = [
    "CreateBucket",
    "CreateKey",
    "CreateAlias",
    "EnableKeyRotation",
    "PutBucketVersioning",
    "PutBucketEncryption",
    "PutBucketPolicy",
    "PutBucketLifecycleConfiguration",
    "PutBucketTagging",
    "CreateRole",
    "AttachRolePolicy",
    "UpdateAccount",
]
"""The calls that change an empty account, in order. S3 blocks public access to new buckets by itself."""

UNKNOWN_ROLE = b'{"message": "The role ARN does not have required permissions configured."}'

app = command.app


@pytest.fixture
def bucket() -> str:
    return f"state-{uuid4().hex[:12]}"


@pytest.fixture(autouse=True)
def retry_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "RETRY_INTERVAL_SECONDS", 0.01)


def bootstrap(account: Account, bucket: str, region: str = "us-east-1", **tags: str) -> list[str]:
    """Return the reported lines."""
    lines: list[str] = []
    ensure_state(
        account.clients,
        bucket=bucket,
        key_alias=f"alias/{bucket}",
        region=region,
        tags={**TAGS, **tags},
        report=lines.append,
    )
    ensure_log_role(account.clients, region=region, tags=TAGS, report=lines.append)
    return lines


def three_times(fault: Fault) -> Fault:
    """Return a fault that is injected into three requests and not into the next."""
    remaining = iter([fault] * 3)

    def respond(client: Client, request: AWSPreparedRequest) -> Any:  # noqa: ANN401 - a response, or none
        injected = next(remaining, None)
        return injected and injected.respond(client, request)

    return Fault(f"{fault}-three-times", respond)


def run(account: Account, **settings: str) -> Result:
    return CliRunner().invoke(app, [], env={**account.environment, **settings})


def test_command_creates_what_is_missing_once(account: Account, bucket: str) -> None:
    first, second = (run(account, STATE_BUCKET=bucket) for _ in range(2))
    assert (first.exit_code, first.stderr) == (second.exit_code, second.stderr) == (0, "")
    results = [line.split("  ")[0] for line in first.stdout.splitlines()]
    assert results[0] == f"Account {account.id}, as arn:aws:iam::{account.id}:root"
    assert [result.strip() for result in results].count("created") == 3  # key, bucket, role
    assert {line.split("  ")[0] for line in second.stdout.splitlines()[1:]} == {"unchanged"}


def test_second_run_changes_nothing(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    assert account.changes == CHANGES
    account.calls.clear()
    bootstrap(account, bucket)
    assert account.calls
    assert account.changes == []


def test_state_bucket_is_encrypted_versioned_and_private(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    s3, kms = account("s3"), account("kms")
    key = kms.describe_key(KeyId=f"alias/{bucket}")["KeyMetadata"]
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    assert key["Description"].endswith(f"alias/{bucket}")
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [
        {"TagKey": name, "TagValue": value} for name, value in TAGS.items()
    ]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]},
            "BucketKeyEnabled": True,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
    ]
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert (len(blocked), set(blocked.values())) == (4, {True})
    owned = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owned == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (denial,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert denial == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    old, plans = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert old["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert (old["Filter"], old["Status"]) == ({"Prefix": ""}, "Enabled")
    assert (plans["Filter"], plans["Status"]) == ({"Prefix": "plans/"}, "Enabled")
    assert (plans["Expiration"], plans["NoncurrentVersionExpiration"]) == ({"Days": 7}, {"NoncurrentDays": 1})
    s3.put_object(  # as Terraform's backend puts it
        Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=f"alias/{bucket}"
    )


def test_api_gateway_gets_a_role_for_access_logs(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    role = account("iam").get_role(RoleName=LOG_ROLE)["Role"]
    assert account("apigateway").get_account()["cloudwatchRoleArn"] == role["Arn"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    (attached,) = account("iam").list_attached_role_policies(RoleName=LOG_ROLE)["AttachedPolicies"]
    assert attached["PolicyName"] == "AmazonAPIGatewayPushToCloudWatchLogs"


def test_an_existing_role_is_not_changed(account: Account, bucket: str) -> None:
    other = {"op": "replace", "path": "/cloudwatchRoleArn", "value": f"arn:aws:iam::{account.id}:role/other"}
    account("apigateway").update_account(patchOperations=[other])
    assert bootstrap(account, bucket)[-1].endswith(f"{account.id}:role/other")
    assert not {"CreateRole", "UpdateAccount"} & set(account.calls)


def test_bucket_and_key_are_created_in_another_region(account: Account, bucket: str) -> None:
    bootstrap(account, bucket, "eu-west-1")
    assert account("s3").get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"
    assert account.clients("kms", "eu-west-1").describe_key(KeyId=f"alias/{bucket}")
    account.calls.clear()
    bootstrap(account, bucket, "eu-west-1")
    assert account.changes == []


def test_existing_role_is_used_in_a_second_region(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    account.calls.clear()
    ensure_log_role(account.clients, region="eu-west-1", tags=TAGS)
    assert account.changes == ["UpdateAccount"]


def test_further_configuration_of_users_is_kept(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    s3, kms = account("s3"), account("kms")
    key = kms.describe_key(KeyId=f"alias/{bucket}")["KeyMetadata"]["KeyId"]
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "Team", "TagValue": "a"}])
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "Team", "Value": "a"}]})
    statement = {
        "Sid": "Auditors",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"},
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{bucket}",
    }
    policy = {"Version": "2012-10-17", "Id": "theirs", "Statement": statement}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    rule = {"ID": "drafts", "Status": "Enabled", "Filter": {"Prefix": "drafts/"}, "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})

    lines = bootstrap(account, bucket)

    assert [line.split(": ")[1] for line in lines if line.startswith("set")] == [
        "plain HTTP denied",
        "lifecycle rules",
        "tags",
    ]
    assert {"Key": "Team", "Value": "a"} in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    assert {"TagKey": "Team", "TagValue": "a"} in kms.list_resource_tags(KeyId=key)["Tags"]
    whole = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert (whole["Id"], whole["Statement"][0], len(whole["Statement"])) == ("theirs", statement, 2)
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [rule["ID"] for rule in rules] == ["drafts", "old-versions", "plans"]
    account.calls.clear()
    bootstrap(account, bucket)
    assert account.changes == []


def test_disabled_configuration_is_enabled_again(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    s3 = account("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    account.calls.clear()
    bootstrap(account, bucket, Owner="other")
    assert account.changes == [
        *("TagResource", "PutBucketVersioning", "PutPublicAccessBlock", "PutBucketOwnershipControls"),
        "PutBucketTagging",
    ]


@pytest.mark.parametrize("last", CHANGES)
def test_a_run_that_ends_after_any_change_is_completed_by_the_next(
    account: Account, bucket: str, last: str
) -> None:
    account.faults[last] = KILL_AFTER
    with pytest.raises(FunctionKilled):
        bootstrap(account, bucket)
    account.faults.clear()
    bootstrap(account, bucket)
    account.calls.clear()
    bootstrap(account, bucket)
    assert account.changes == []
    assert len(account("kms").list_keys()["Keys"]) == 1


def test_a_key_that_denies_access_is_not_used(account: Account, bucket: str) -> None:
    kms = account("kms")
    closed = {"Effect": "Deny", "Principal": "*", "Action": "kms:DescribeKey", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [closed]}
    other = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["KeyId"]
    operator = account.with_role("*")
    with pytest.raises(ClientError, match="AccessDenied"):
        operator("kms").describe_key(KeyId=other)
    bootstrap(operator, bucket)
    assert kms.describe_key(KeyId=f"alias/{bucket}")["KeyMetadata"]["KeyId"] != other


def test_a_key_that_is_pending_deletion_is_rejected(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    kms = account("kms")
    kms.schedule_key_deletion(KeyId=kms.describe_key(KeyId=f"alias/{bucket}")["KeyMetadata"]["KeyId"])
    with pytest.raises(SetupError, match=rf"alias/{bucket} names the key .*, which is PendingDeletion"):
        bootstrap(account, bucket)


def foreign_policy(account: Account) -> str:
    """Return a key policy that allows another account to decrypt, besides what the default policy allows."""
    default = json.loads(account("kms").get_key_policy(KeyId=new_key(account))["Policy"])
    other = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
    return json.dumps({**default, "Statement": [*default["Statement"], other]})


def new_key(account: Account, **arguments: str) -> str:
    return str(account("kms").create_key(**arguments)["KeyMetadata"]["KeyId"])


@pytest.mark.parametrize("named_by", ["alias", "description"])
def test_a_key_with_another_policy_is_rejected(account: Account, bucket: str, named_by: str) -> None:
    """Anyone who may create a key could have prepared it to read the state."""
    description = f"Encrypts Terraform's state, by the name of alias/{bucket}"
    key = new_key(account, Policy=foreign_policy(account), Description=description)
    if named_by == "alias":
        account("kms").create_alias(AliasName=f"alias/{bucket}", TargetKeyId=key)
    result = run(account, STATE_BUCKET=bucket)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith(f"cannot bootstrap: the key {key} for alias/{bucket} has another policy")
    assert result.stderr.endswith("or set STATE_BUCKET to another name\n")


def test_a_key_with_the_default_policy_in_another_form_is_accepted(account: Account, bucket: str) -> None:
    bootstrap(account, bucket)
    policy = json.loads(account("kms").get_key_policy(KeyId=f"alias/{bucket}")["Policy"])
    (statement,) = policy["Statement"]
    same = {**statement, "Sid": "Root", "Action": [statement["Action"]]}
    account("kms").put_key_policy(KeyId=f"alias/{bucket}", Policy=json.dumps({**policy, "Statement": same}))
    account.calls.clear()
    bootstrap(account, bucket)
    assert account.changes == []


def test_a_bucket_of_another_account_is_rejected(server: Server, account: Account, bucket: str) -> None:
    Account.new(server)("s3").create_bucket(Bucket=bucket)
    result = run(account, STATE_BUCKET=bucket)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith(f"cannot bootstrap: bucket {bucket} belongs to another account: choose")


def test_a_bucket_is_rejected_without_the_permission_to_list_buckets(
    server: Server, account: Account, bucket: str
) -> None:
    Account.new(server)("s3").create_bucket(Bucket=bucket)
    with pytest.raises(
        SetupError, match=r"belongs to another account, or arn:.* is not allowed s3:ListBucket on it"
    ):
        bootstrap(account.with_role("kms:*", "s3:ListBucket"), bucket)


def test_a_bucket_that_another_account_creates_at_the_same_time(
    server: Server, account: Account, bucket: str
) -> None:
    account.faults["HeadBucket"] = error_response("not created yet", "404", 404)
    Account.new(server)("s3").create_bucket(Bucket=bucket)
    with pytest.raises(SetupError, match="belongs to another account"):
        bootstrap(account, bucket)


def test_a_bucket_in_another_region_is_rejected(account: Account, bucket: str) -> None:
    bootstrap(account, bucket, "eu-west-1")
    with pytest.raises(
        SetupError, match=f"bucket {bucket} is in eu-west-1, not in us-east-1: set STATE_REGION"
    ):
        bootstrap(account, bucket)
    assert not account("kms").list_keys()["Keys"], "a key that nothing uses costs by the month"


def test_a_role_that_api_gateway_does_not_know_yet_is_retried(account: Account, bucket: str) -> None:
    """MiniStack accepts any role at once."""
    not_yet = canned_response("not yet", UNKNOWN_ROLE, 400, {"x-amzn-errortype": "BadRequestException"})
    account.faults["UpdateAccount"] = three_times(not_yet)
    lines = bootstrap(account, bucket)
    assert len([line for line in lines if line.startswith("waiting up to 120 s for consistency")]) == 1
    assert "cloudwatchRoleArn" in account("apigateway").get_account()


def test_a_key_that_kms_does_not_know_yet_is_retried(account: Account, bucket: str) -> None:
    """MiniStack is consistent."""
    account.faults["CreateAlias"] = three_times(error_response("not yet", "NotFoundException", 400))
    lines = bootstrap(account, bucket)
    assert len([line for line in lines if line.startswith("waiting up to 120 s for consistency")]) == 1
    assert account("kms").describe_key(KeyId=f"alias/{bucket}")


def test_a_role_that_api_gateway_never_accepts_is_an_error(
    account: Account, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "CONSISTENCY_TIMEOUT_SECONDS", 0.05)
    account.faults["UpdateAccount"] = canned_response(
        "", UNKNOWN_ROLE, 400, {"x-amzn-errortype": "BadRequestException"}
    )
    with pytest.raises(ClientError, match="does not have required permissions"):
        bootstrap(account, bucket)


PERMISSIONS = set(re.findall(r"\b[a-z0-9]+:[A-Z]\w+", command.__doc__ or ""))
NOT_EVALUATED = {"iam:TagRole", "iam:PassRole"}
"""AWS requires these permissions for parts of other calls; MiniStack does not evaluate them."""


def test_documented_permissions_are_the_used_ones(account: Account, bucket: str) -> None:
    s3 = account("s3")
    s3.create_bucket(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    operator = account.with_role(*PERMISSIONS)
    bootstrap(operator, bucket)
    bootstrap(operator, f"{bucket}-new", Owner="other")
    bootstrap(operator, f"{bucket}-new")
    assert operator.used_actions == PERMISSIONS - NOT_EVALUATED


@pytest.mark.parametrize(
    "action", ["s3:ListBucket", "s3:CreateBucket", "kms:CreateAlias", "iam:CreateRole", "apigateway:PATCH"]
)
def test_a_missing_permission_is_named(account: Account, bucket: str, action: str) -> None:
    if action == "s3:ListBucket":  # then S3's response is a 403 without a body
        account("s3").create_bucket(Bucket=bucket)
    operator = account.with_role(*PERMISSIONS - {action}, "s3:ListAllMyBuckets")
    with pytest.raises(ClientError) as raised:
        bootstrap(operator, bucket)
    line = explain(raised.value, Caller(account.id, "arn:of:caller"))
    assert f"is not authorized to perform: {action}" in line
    assert line.endswith("; allow that, then run this again")


def test_the_command_without_a_permission_ends_with_one_line(account: Account, bucket: str) -> None:
    operator = account.with_role(*PERMISSIONS - {"s3:PutBucketVersioning"})
    result = run(operator, STATE_BUCKET=bucket)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith("cannot bootstrap: User: arn:aws:sts::")
    assert "is not authorized to perform: s3:PutBucketVersioning" in result.stderr
    assert run(account, STATE_BUCKET=bucket).exit_code == 0


def test_a_wrong_setting_has_exit_code_2(account: Account) -> None:
    result = run(account, STATE_BUCKET="No")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("STATE_BUCKET: 'No' is not allowed")


def test_unknown_credentials_end_with_one_line(account: Account) -> None:
    result = CliRunner().invoke(app, [], env={**account.environment, "AWS_ACCESS_KEY_ID": "AKIANOBODY"})
    assert (result.exit_code, result.stdout) == (1, "")
    assert "AWS does not know the credentials (InvalidClientTokenId)" in result.stderr
