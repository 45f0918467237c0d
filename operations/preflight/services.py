"""Checks of the state bucket, and of what Lambda and API Gateway have in an account and region."""

from botocore.exceptions import ClientError

from operations.aws import Client, SetupError, call_or_empty, error_code, region_of_bucket
from operations.preflight.account import Account

UNRESERVED_CONCURRENCY = 100
"""What Lambda keeps for functions without a reservation
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""


def check_state_bucket(account: Account) -> str:
    """Check that the state bucket is one that `bootstrap` created in this account."""
    bucket, region, alias = (account.requirements.state[name] for name in ("bucket", "region", "kms_key_id"))
    s3 = account.clients("s3", region)
    actual_region = region_of_bucket(s3, bucket, account.caller)
    if actual_region is None:
        raise SetupError(f"state bucket {bucket}: does not exist: make bootstrap")
    if actual_region != region:
        raise SetupError(
            f"state bucket {bucket}: it is in {actual_region}, not {region}: set STATE_REGION={actual_region}"
        )
    arguments = {"Bucket": bucket, "ExpectedBucketOwner": account.caller.account}
    versioning = s3.get_bucket_versioning(**arguments).get("Status", "none")
    encryption = s3.get_bucket_encryption(**arguments)["ServerSideEncryptionConfiguration"]["Rules"][0]
    algorithm = encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    key = call_or_empty(lambda: account.clients("kms", region).describe_key(KeyId=alias), "NotFoundException")
    key_state = key.get("KeyMetadata", {}).get("KeyState", "missing")
    if (versioning, algorithm, key_state) != ("Enabled", "aws:kms", "Enabled"):
        raise SetupError(
            f"state bucket {bucket}: versioning {versioning}, encryption {algorithm},"
            f" {alias} {key_state}: make bootstrap"
        )
    return f"of this account, in {region}, versioned, encrypted with {alias}"


def check_concurrency(account: Account) -> str:
    """Check that the functions' reservations leave enough concurrency for functions without one."""
    client = account.client("lambda")
    limits = client.get_account_settings()["AccountLimit"]
    limit = limits["ConcurrentExecutions"]
    required = sum(account.requirements.reserved.values())
    # The stack keeps what its own functions have reserved already.
    own = sum(_reserved(client, name) for name in account.requirements.reserved)
    available = max(0, limits["UnreservedConcurrentExecutions"] + own - UNRESERVED_CONCURRENCY)
    if required > available:
        raise SetupError(
            f"Lambda's concurrency: the stack reserves {required}, but of the account's {limit} only"
            f" {available} can be reserved, because {UNRESERVED_CONCURRENCY} stay unreserved: request a"
            " higher quota (Service Quotas, Lambda, concurrent executions), or set"
            " …_RESERVED_CONCURRENCY to less or to none"
        )
    new_account = "; a new account's quota, request more before there is load"
    return f"the stack reserves {required}, the account has {limit}" + (
        new_account if limit < UNRESERVED_CONCURRENCY else ""
    )


def _reserved(client: Client, function: str) -> int:
    concurrency = call_or_empty(
        lambda: client.get_function_concurrency(FunctionName=function), "ResourceNotFoundException"
    )
    return int(concurrency.get("ReservedConcurrentExecutions", 0))


def check_runtime(account: Account, runtime: str) -> str:
    """Check that Lambda's API in the region knows a runtime.

    No call lists the runtimes, or the dates from which Lambda creates no functions with them
    (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). But the API validates the filter of
    ListLayers against the names that it knows.
    """
    try:
        account.client("lambda").list_layers(CompatibleRuntime=runtime, MaxItems=1)
    except ClientError as error:
        if error_code(error) != "ValidationException":
            raise
        raise SetupError(
            f"runtime {runtime}: Lambda does not know it in {account.requirements.region}: set AWS_REGION to"
            " another region"
        ) from None
    return "known in this region; AWS cannot be asked whether it still creates functions with it"


def check_log_role(account: Account) -> str:
    """Check that API Gateway has a role for access logs: without one no stage can be created."""
    role = account.client("apigateway").get_account().get("cloudwatchRoleArn")
    if not role:
        raise SetupError(
            f"API Gateway has no role for access logs in {account.requirements.region}: make bootstrap"
        )
    return str(role)
