"""S3 buckets."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_cors_configuration import (
    S3BucketCorsConfiguration,
    S3BucketCorsConfigurationCorsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_logging import S3BucketLoggingA
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from infra import policy
from infra.constructs.account import Account
from infra.constructs.grants import Grantee
from infra.constructs.key import Key

ACCESS_LOGS = "access-logs"
MAX_AGE_SECONDS = 600
OBJECT_ACTIONS = {"GetObject": "Decrypt", "GetObjectVersion": "Decrypt", "PutObject": "GenerateDataKey"}
"""Actions that can be granted on objects, and the action on their key that S3 needs for each."""

LIST = "ListBucket"


class _SecureBucket(Construct):
    """The common part of all buckets: versioned, private, TLS-only, encrypted, with a lifecycle rule (P11).

    Uploads with a key of the caller (SSE-C), which functions could not read, are refused
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html).

    Attributes:
        name: Name of the bucket.
        versioned_name: Name of the bucket as a reference to its versioning, so that objects stored through
            it have a version.
        arn: ARN of the bucket; the ARNs of its objects begin with `{arn}/`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: Key | None,
        protected: bool,
        force_destroy: bool,
        expire_days: int | None,
        old_versions_days: int,
    ) -> None:
        super().__init__(scope, id)
        bucket = S3Bucket(
            self,
            "bucket",
            bucket=name,
            force_destroy=force_destroy,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        self.name: str = bucket.bucket
        self.arn: str = bucket.arn
        self._block_public_access()
        self._encrypt(key)
        versioning = self._enable_versioning()
        self.versioned_name: str = versioning.bucket
        self._add_lifecycle_rule(versioning, expire_days, old_versions_days)

    def _block_public_access(self) -> None:
        S3BucketPublicAccessBlock(
            self,
            "public-access-block",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=self.name,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )

    def _encrypt(self, key: Key | None) -> None:
        default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="AES256" if key is None else "aws:kms",
            kms_master_key_id=None if key is None else key.arn,
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=default,
                    # One data key for many objects saves requests to KMS, which cost more than the key.
                    bucket_key_enabled=None if key is None else True,
                    # S3's default. S3 reports it, so that every plan would remove it if it were not here.
                    blocked_encryption_types=["SSE-C"],
                )
            ],
        )

    def _enable_versioning(self) -> S3BucketVersioningA:
        return S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )

    def _add_lifecycle_rule(
        self, versioning: S3BucketVersioningA, expire_days: int | None, old_versions_days: int
    ) -> None:
        expiration = (
            None if expire_days is None else [S3BucketLifecycleConfigurationRuleExpiration(days=expire_days)]
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.name,
            depends_on=[versioning],
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="tidy-up",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    expiration=expiration,
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                            days_after_initiation=7
                        )
                    ],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                            noncurrent_days=old_versions_days
                        )
                    ],
                )
            ],
        )

    def _add_policy(self, *statements: policy.Statement) -> None:
        deny_insecure = policy.deny_insecure_transport(["s3:*"], [self.arn, f"{self.arn}/*"])
        S3BucketPolicy(self, "policy", bucket=self.name, policy=policy.document(deny_insecure, *statements))


class LogBucket(_SecureBucket):
    """The bucket that receives the access logs of the other buckets; it does not log itself (P11).

    Args:
        name: Name of the bucket.
        account: Account whose buckets deliver logs.
        protected: Add `prevent_destroy` (P12).
        force_destroy: Delete the objects when the bucket is destroyed.
        expire_days: Days until a log is deleted; 90 days cover incidents that are noticed late.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        account: Account,
        protected: bool,
        force_destroy: bool,
        expire_days: int = 90,
    ) -> None:
        super().__init__(
            scope,
            id,
            name=name,
            key=None,  # S3 delivers access logs only to buckets with AES256
            protected=protected,
            force_destroy=force_destroy,
            expire_days=expire_days,
            old_versions_days=7,
        )
        self._add_policy(
            policy.allow(
                ["s3:PutObject"],
                [f"{self.arn}/{ACCESS_LOGS}/*"],
                principal={"Service": "logging.s3.amazonaws.com"},
                conditions={"StringEquals": {"aws:SourceAccount": account.id}},
            )
        )


class Bucket(_SecureBucket):
    """A bucket whose access is logged under `access-logs/<bucket>/` of `log_bucket` (P11).

    Args:
        name: Name of the bucket.
        log_bucket: Bucket that receives the access logs.
        protected: Add `prevent_destroy` (P12).
        force_destroy: Delete the objects when the bucket is destroyed. By default, only an empty bucket can
            be destroyed.
        key: Key that encrypts the objects; AES256 by default.
        old_versions_days: Days until a noncurrent version, of an overwritten or deleted object, is deleted.
        write_once: Prefix of objects that nobody can overwrite; none by default. Whoever puts one has to send
            `If-None-Match: *`, and cannot copy it or upload it in parts
            (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        log_bucket: LogBucket,
        protected: bool,
        force_destroy: bool,
        key: Key | None = None,
        old_versions_days: int = 90,
        write_once: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            name=name,
            key=key,
            protected=protected,
            force_destroy=force_destroy,
            expire_days=None,
            old_versions_days=old_versions_days,
        )
        self._key = key
        self._add_policy(*([] if write_once is None else [self._deny_overwriting(write_once)]))
        S3BucketLoggingA(
            self,
            "logging",
            bucket=self.name,
            target_bucket=log_bucket.name,
            target_prefix=f"{ACCESS_LOGS}/{name}/",
        )

    def _deny_overwriting(self, prefix: str) -> policy.Statement:
        unconditional = {"Null": {"s3:if-none-match": "true"}}
        return policy.deny(
            ["s3:PutObject"], [f"{self.arn}/{prefix}*"], principal="*", conditions=unconditional
        )

    def add_cors_rule(self, origins: Sequence[str], methods: Sequence[str]) -> None:
        """Allow pages of `origins` (`*` allows all) to call the bucket, as with a presigned form (CORS)."""
        S3BucketCorsConfiguration(
            self,
            "cors",
            bucket=self.name,
            cors_rule=[
                S3BucketCorsConfigurationCorsRule(
                    allowed_origins=list(origins),
                    allowed_methods=list(methods),
                    allowed_headers=["*"],
                    expose_headers=["ETag"],
                    max_age_seconds=MAX_AGE_SECONDS,
                )
            ],
        )

    def grant(self, grantee: Grantee, *actions: str, prefix: str = "") -> None:
        """Allow exactly `actions` on the objects under `prefix`, and the use of their key through S3.

        The encryption context of a bucket key is the ARN of the bucket; that of an object's own key is the
        ARN of the object (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html).

        Args:
            grantee: Function or other construct with a role.
            actions: Actions of `OBJECT_ACTIONS`, without the prefix `s3:`, and `ListBucket`, which applies
                to the bucket. Without `ListBucket`, S3 returns 403 instead of 404 for a missing object.
            prefix: Prefix of the objects' keys; all objects by default.

        Raises:
            ValueError: An action cannot be granted.
        """
        object_actions = [action for action in actions if action != LIST]
        unknown = set(object_actions) - set(OBJECT_ACTIONS)
        if unknown:
            raise ValueError(
                f"{sorted(unknown)} cannot be granted on a bucket; use {sorted([*OBJECT_ACTIONS, LIST])}"
            )
        statements = [
            policy.allow([f"s3:{action}" for action in object_actions], [f"{self.arn}/{prefix}*"]),
        ]
        if LIST in actions:
            statements.append(policy.allow([f"s3:{LIST}"], [self.arn]))
        if self._key is not None:
            key_actions = sorted({OBJECT_ACTIONS[action] for action in object_actions})
            context = {"aws:s3:arn": [self.arn, f"{self.arn}/{prefix}*"]}
            statements.append(
                self._key.via_service_statement("s3", key_actions, context, operator="StringLike")
            )
        grantee.grant(*statements)
