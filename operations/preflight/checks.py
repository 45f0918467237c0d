"""The checks of an account: each returns a line for the user, or raises an error with the fix."""

from dataclasses import dataclass

from operations.aws import Caller, Client, Clients, SetupError, call_or_empty, region_of_bucket
from operations.preflight.requirements import Requirements

UNRESERVED_CONCURRENCY = 100
"""What Lambda keeps for functions without a reservation
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""


@dataclass(frozen=True)
class AccountChecks:
    """Compares an account with the requirements of a stack.

    Each check raises a `SetupError` for what would fail the apply.

    Attributes:
        clients: Returns a client of a service in a region.
        caller: The identity of the credentials.
        requirements: What the stack requires of this account.
    """

    clients: Clients
    caller: Caller
    requirements: Requirements

    def state_bucket(self) -> str:
        """Check that the state bucket is one that `bootstrap` created in this account."""
        bucket, region, alias = (self.requirements.state[name] for name in ("bucket", "region", "kms_key_id"))
        s3 = self.clients("s3", region)
        actual_region = region_of_bucket(s3, bucket, self.caller)
        if actual_region is None:
            raise SetupError(f"state bucket {bucket}: does not exist: make bootstrap")
        if actual_region != region:
            raise SetupError(
                f"state bucket {bucket}: it is in {actual_region}, not {region}: set"
                f" STATE_REGION={actual_region}"
            )
        arguments = {"Bucket": bucket, "ExpectedBucketOwner": self.caller.account}
        versioning = s3.get_bucket_versioning(**arguments).get("Status", "none")
        encryption = s3.get_bucket_encryption(**arguments)["ServerSideEncryptionConfiguration"]["Rules"][0]
        algorithm = encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        key = call_or_empty(
            lambda: self.clients("kms", region).describe_key(KeyId=alias), "NotFoundException"
        )
        key_state = key.get("KeyMetadata", {}).get("KeyState", "missing")
        if (versioning, algorithm, key_state) != ("Enabled", "aws:kms", "Enabled"):
            raise SetupError(
                f"state bucket {bucket}: versioning {versioning}, encryption {algorithm},"
                f" {alias} {key_state}: make bootstrap"
            )
        return f"of this account, in {region}, versioned, encrypted with {alias}"

    def bucket(self, name: str) -> str:
        """Check that a bucket of the stack can be created, or may have been created by the stack."""
        region = region_of_bucket(self.clients("s3", self.requirements.region), name, self.caller)
        if region is None:
            return "the name is free"
        if not self._has_state():
            raise SetupError(
                f"bucket {name} exists in this account, in {region}, and no state contains it:"
                " import it (terraform import), or choose another name (ENVIRONMENT_SUFFIX, NAME_PATTERN)"
            )
        return f"of this account, in {region}; there is a state, which may contain it"

    def _has_state(self) -> bool:
        bucket, key, region = (self.requirements.state[name] for name in ("bucket", "key", "region"))
        s3 = self.clients("s3", region)
        listed = call_or_empty(
            lambda: s3.list_objects_v2(
                Bucket=bucket, Prefix=key, MaxKeys=1, ExpectedBucketOwner=self.caller.account
            ),
            "NoSuchBucket",
        )
        return any(stored["Key"] == key for stored in listed.get("Contents", []))

    def concurrency(self) -> str:
        """Check that the functions' reservations leave enough concurrency for functions without one."""
        client = self.clients("lambda", self.requirements.region)
        limits = client.get_account_settings()["AccountLimit"]
        limit = limits["ConcurrentExecutions"]
        required = sum(self.requirements.reserved.values())
        # The stack keeps what its own functions have reserved already.
        own = sum(self._reserved(client, name) for name in self.requirements.reserved)
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

    def _reserved(self, client: Client, function: str) -> int:
        concurrency = call_or_empty(
            lambda: client.get_function_concurrency(FunctionName=function), "ResourceNotFoundException"
        )
        return int(concurrency.get("ReservedConcurrentExecutions", 0))

    def zones(self) -> str:
        """Check that the account can use the availability zones of the subnets."""
        region = self.requirements.region
        zones = self.clients("ec2", region).describe_availability_zones()["AvailabilityZones"]
        available = [zone["ZoneName"] for zone in zones if zone["State"] == "available"]
        missing = [zone for zone in self.requirements.zones if zone not in available]
        if missing:
            raise SetupError(
                f"zones: {', '.join(missing)} not available to this account;"
                f" set ZONES to some of {', '.join(zone.removeprefix(region) for zone in available)}"
            )
        return ", ".join(self.requirements.zones)

    def log_role(self) -> str:
        """Check that API Gateway has a role for access logs: without one no stage can be created."""
        role = self.clients("apigateway", self.requirements.region).get_account().get("cloudwatchRoleArn")
        if not role:
            raise SetupError(
                f"API Gateway has no role for access logs in {self.requirements.region}: make bootstrap"
            )
        return str(role)
