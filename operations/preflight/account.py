"""What an account says to a stack: each check returns what is well, or raises what is in the way."""

from dataclasses import dataclass

from operations.aws import Caller, Client, Clients, SetupError, found, region_of_bucket
from operations.preflight.requirements import Requirements

UNRESERVED = 100
"""What Lambda keeps for functions without a reservation
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""


@dataclass(frozen=True)
class Account:
    """What the account is asked for a stack.

    Each check raises `SetupError`, with what to do, for what would fail the apply.
    """

    clients: Clients
    caller: Caller
    requirements: Requirements

    def state(self) -> str:
        """Say where the state is kept: a bucket of this account as `bootstrap` makes it."""
        bucket, region, alias = (self.requirements.state[name] for name in ("bucket", "region", "kms_key_id"))
        s3 = self.clients("s3", region)
        there = region_of_bucket(s3, bucket, self.caller)
        if there is None:
            raise SetupError(f"state bucket {bucket}: there is none: make bootstrap")
        if there != region:
            raise SetupError(
                f"state bucket {bucket}: it is in {there}, not {region}: set STATE_REGION={there}"
            )
        where = {"Bucket": bucket, "ExpectedBucketOwner": self.caller.account}
        versions = s3.get_bucket_versioning(**where).get("Status", "none")
        encryption = s3.get_bucket_encryption(**where)["ServerSideEncryptionConfiguration"]["Rules"][0]
        algorithm = encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        key = found(lambda: self.clients("kms", region).describe_key(KeyId=alias), "NotFoundException")
        key_state = key.get("KeyMetadata", {}).get("KeyState", "missing")
        if (versions, algorithm, key_state) != ("Enabled", "aws:kms", "Enabled"):
            raise SetupError(
                f"state bucket {bucket}: versioning {versions}, encryption {algorithm}, {alias} {key_state}:"
                " make bootstrap"
            )
        return f"of this account, in {region}, versioned, encrypted with {alias}"

    def applied(self) -> bool:
        """Whether there is a state already."""
        bucket, key, region = (self.requirements.state[name] for name in ("bucket", "key", "region"))
        s3 = self.clients("s3", region)
        listed = found(
            lambda: s3.list_objects_v2(
                Bucket=bucket, Prefix=key, MaxKeys=1, ExpectedBucketOwner=self.caller.account
            ),
            "NoSuchBucket",
        )
        return any(each["Key"] == key for each in listed.get("Contents", []))

    def bucket(self, name: str) -> str:
        """Say whether a bucket of the stack can be made, or may be the stack's already."""
        there = region_of_bucket(self.clients("s3", self.requirements.region), name, self.caller)
        if there is None:
            return "the name is free"
        if not self.applied():
            raise SetupError(
                f"bucket {name} exists in this account, in {there}, and there is no state that knows it:"
                " import it (terraform import), or choose another name (ENVIRONMENT_SUFFIX, NAME_PATTERN)"
            )
        return f"of this account, in {there}; there is a state, which may know it"

    def concurrency(self) -> str:
        """Say what the functions reserve, which has to leave enough for those that reserve nothing."""
        client = self.clients("lambda", self.requirements.region)
        limits = client.get_account_settings()["AccountLimit"]
        limit = limits["ConcurrentExecutions"]
        wanted = sum(self.requirements.reserved.values())
        # What the stack's own functions hold already, it may go on holding.
        held = sum(self._reserved(client, name) for name in self.requirements.reserved)
        free = max(0, limits["UnreservedConcurrentExecutions"] + held - UNRESERVED)
        if wanted > free:
            raise SetupError(
                f"Lambda's concurrency: the stack reserves {wanted}, and of the account's {limit} only {free}"
                f" can be, as {UNRESERVED} stay unreserved: ask for a higher quota (Service Quotas, Lambda,"
                " concurrent executions), or set …_RESERVED_CONCURRENCY to less or to none"
            )
        new = "; few, as new accounts have: ask for more before there is load" if limit < UNRESERVED else ""
        return f"the stack reserves {wanted}, the account has {limit}{new}"

    def _reserved(self, client: Client, function: str) -> int:
        there = found(
            lambda: client.get_function_concurrency(FunctionName=function), "ResourceNotFoundException"
        )
        return int(there.get("ReservedConcurrentExecutions", 0))

    def zones(self) -> str:
        """Say the zones of the subnets, which the region has to offer this account."""
        region = self.requirements.region
        zones = self.clients("ec2", region).describe_availability_zones()["AvailabilityZones"]
        offered = [zone["ZoneName"] for zone in zones if zone["State"] == "available"]
        missing = [zone for zone in self.requirements.zones if zone not in offered]
        if missing:
            raise SetupError(
                f"zones: {', '.join(missing)} not available to this account;"
                f" set ZONES to some of {', '.join(zone.removeprefix(region) for zone in offered)}"
            )
        return ", ".join(self.requirements.zones)

    def log_role(self) -> str:
        """Say the role that API Gateway has for access logs: without one no stage can be made."""
        role = self.clients("apigateway", self.requirements.region).get_account().get("cloudwatchRoleArn")
        if not role:
            raise SetupError(
                f"API Gateway has no role for access logs in {self.requirements.region}: make bootstrap"
            )
        return str(role)
