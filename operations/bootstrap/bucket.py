"""The bucket of Terraform's state."""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from infra.policy import deny_insecure_transport
from operations.aws import (
    Caller,
    Client,
    Report,
    SetupError,
    call_or_empty,
    error_code,
    name_is_taken,
    region_of_bucket,
)
from operations.bootstrap.statements import normalized, statements
from operations.bootstrap.steps import Tags, ensure, tag_set

PUBLIC_ACCESS_BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
LIFECYCLE_RULES: list[dict[str, Any]] = [
    {
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        # Each run of Terraform creates and deletes its lock, which leaves a delete marker.
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
    {
        "ID": "plans",  # saved plans contain parts of the state
        "Status": "Enabled",
        "Filter": {"Prefix": "plans/"},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "Expiration": {"Days": 7},
    },
]
"""Where both rules apply, S3 uses the shorter time
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html)."""


class StateBucket:
    """Creates and configures the bucket. Every call names the expected owner: no other bucket is changed."""

    def __init__(self, s3: Client, bucket: str, caller: Caller, report: Report) -> None:
        self._s3 = s3
        self._name = bucket
        self._caller = caller
        self._arguments = {"Bucket": bucket, "ExpectedBucketOwner": caller.account}
        self._report = report

    def create(self, region: str) -> None:
        """Create the bucket in a region unless it exists.

        Raises:
            SetupError: It belongs to another account, or exists in another region.
        """
        actual_region = region_of_bucket(self._s3, self._name, self._caller)
        if actual_region not in {None, region}:
            raise SetupError(
                f"bucket {self._name} is in {actual_region}, not in {region}:"
                f" set STATE_REGION={actual_region}, or STATE_BUCKET to another name"
            )
        ensure(
            self._report,
            f"bucket {self._name}",
            actual_region is not None,
            lambda: self._create(region),
            result="created",
        )

    def _create(self, region: str) -> None:
        # us-east-1 is the default, and is rejected as a location constraint.
        location = (
            {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        )
        try:
            self._s3.create_bucket(Bucket=self._name, **location)
        except ClientError as error:
            if error_code(error) == "BucketAlreadyExists":
                raise name_is_taken(self._name) from None
            raise
        self._s3.get_waiter("bucket_exists").wait(**self._arguments)

    def configure(self, key_arn: str, tags: Tags) -> None:
        """Set whatever of the bucket's configuration is missing or differs."""
        self._enable_versioning()
        self._encrypt(key_arn)
        self._block_public_access()
        self._disable_acls()
        self._deny_plain_http()
        self._add_lifecycle_rules()
        self._add_tags(tags)

    def _get(self, operation: Callable[..., Any], *absent: str) -> Any:  # noqa: ANN401 - boto3's
        """Return the response of an operation; nothing for an error code that means that nothing is set."""
        return call_or_empty(lambda: operation(**self._arguments), *absent)

    def _put(
        self,
        subject: str,
        satisfied: bool,
        operation: Callable[..., Any],
        **content: Any,  # noqa: ANN401 - boto3's
    ) -> None:
        ensure(
            self._report,
            f"bucket {self._name}: {subject}",
            satisfied,
            lambda: operation(**self._arguments, **content),
        )

    def _enable_versioning(self) -> None:
        s3, configuration = self._s3, {"Status": "Enabled"}
        enabled = self._get(s3.get_bucket_versioning).get("Status") == "Enabled"
        self._put("versioning", enabled, s3.put_bucket_versioning, VersioningConfiguration=configuration)

    def _encrypt(self, key_arn: str) -> None:
        s3 = self._s3
        response = self._get(s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError")
        required = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn},
            "BucketKeyEnabled": True,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
        self._put(
            "encryption",
            response.get("ServerSideEncryptionConfiguration") == {"Rules": [required]},
            s3.put_bucket_encryption,
            ServerSideEncryptionConfiguration={"Rules": [required]},
        )

    def _block_public_access(self) -> None:
        s3, required = self._s3, dict.fromkeys(PUBLIC_ACCESS_BLOCK, True)
        response = self._get(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration")
        self._put(
            "public access blocked",
            response.get("PublicAccessBlockConfiguration") == required,
            s3.put_public_access_block,
            PublicAccessBlockConfiguration=required,
        )

    def _disable_acls(self) -> None:
        s3, required = self._s3, {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        response = self._get(s3.get_bucket_ownership_controls, "OwnershipControlsNotFoundError")
        self._put(
            "ACLs disabled",
            response.get("OwnershipControls") == required,
            s3.put_bucket_ownership_controls,
            OwnershipControls=required,
        )

    def _deny_plain_http(self) -> None:
        s3, arn = self._s3, f"arn:aws:s3:::{self._name}"
        existing = self._get(s3.get_bucket_policy, "NoSuchBucketPolicy").get("Policy")
        policy = json.loads(existing) if existing else {"Version": "2012-10-17", "Statement": []}
        existing_statements = statements(policy)
        denial = deny_insecure_transport(["s3:*"], [arn, f"{arn}/*"])
        self._put(
            "plain HTTP denied",
            normalized(denial) in map(normalized, existing_statements),
            s3.put_bucket_policy,
            Policy=json.dumps({**policy, "Statement": [*existing_statements, denial]}),
        )

    def _add_lifecycle_rules(self) -> None:
        s3, own_ids = self._s3, [rule["ID"] for rule in LIFECYCLE_RULES]
        response = self._get(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration")
        rules = response.get("Rules", [])
        others = [rule for rule in rules if rule.get("ID") not in own_ids]
        name = "TransitionDefaultMinimumObjectSize"  # lost unless it is put together with the rules
        self._put(
            "lifecycle rules",
            all(rule in rules for rule in LIFECYCLE_RULES),
            s3.put_bucket_lifecycle_configuration,
            LifecycleConfiguration={"Rules": [*others, *LIFECYCLE_RULES]},
            **({name: response[name]} if name in response else {}),
        )

    def _add_tags(self, tags: Tags) -> None:
        s3 = self._s3
        response = self._get(s3.get_bucket_tagging, "NoSuchTagSet")
        existing = {tag["Key"]: tag["Value"] for tag in response.get("TagSet", [])}
        satisfied = tags.items() <= existing.items()
        tagging = {"TagSet": tag_set({**existing, **tags})}
        self._put("tags", satisfied, s3.put_bucket_tagging, Tagging=tagging)
