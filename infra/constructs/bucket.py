"""An S3 bucket."""

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
"""What can be granted on a bucket's objects, and what S3 then does with their key in the caller's name."""

LIST = "ListBucket"


class _SecureBucket(Construct):
    """What both kinds of bucket are: versioned, blocked, owned, TLS-only, encrypted, tidied up (P11).

    Attributes:
        name: the bucket's name.
        versioned_name: the same, but once versioning is on: what is stored through it has a version.
        arn: its ARN; its objects are `{arn}/*`.
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
        versioning = self._keep_versions()
        self.versioned_name: str = versioning.bucket
        self._tidy_up(versioning, expire_days, old_versions_days)

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
        by_default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="AES256" if key is None else "aws:kms",
            kms_master_key_id=None if key is None else key.arn,
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=by_default,
                    # One data key for many objects: the requests to KMS cost more than the key.
                    bucket_key_enabled=None if key is None else True,
                )
            ],
        )

    def _keep_versions(self) -> S3BucketVersioningA:
        return S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )

    def _tidy_up(
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

    def _policy(self, *statements: policy.Statement) -> None:
        transport = policy.deny_insecure_transport(["s3:*"], [self.arn, f"{self.arn}/*"])
        S3BucketPolicy(self, "policy", bucket=self.name, policy=policy.document(transport, *statements))


class LogBucket(_SecureBucket):
    """The bucket that S3 delivers the other buckets' access logs to; it does not log itself (P11).

    Args:
        expire_days: how long a log is kept; 90 days cover an incident that is noticed late.
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
            key=None,  # S3 delivers access logs to AES256 alone
            protected=protected,
            force_destroy=force_destroy,
            expire_days=expire_days,
            old_versions_days=7,
        )
        self._policy(
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
        key: encrypts the objects; AES256 without one.
        protected: refuse to be destroyed (P12).
        force_destroy: let itself be destroyed with what is in it; otherwise somebody has to empty it first.
        old_versions_days: how long an overwritten or deleted object can be brought back.
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
        self._policy()
        S3BucketLoggingA(
            self,
            "logging",
            bucket=self.name,
            target_bucket=log_bucket.name,
            target_prefix=f"{ACCESS_LOGS}/{name}/",
        )

    def add_cors_rule(self, origins: Sequence[str], methods: Sequence[str]) -> None:
        """Let pages of these `origins` (`*`: all) call the bucket, as a presigned form does (CORS)."""
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
        """Allow exactly `actions` on the objects under `prefix`, and their key through S3.

        The encryption context of a bucket key is the bucket's ARN, that of an object's own key the object's
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html).

        Args:
            grantee: the function that calls.
            actions: of `OBJECT_ACTIONS`, without the prefix `s3:`; and `ListBucket`, which is on the
                bucket and without which S3 says of a missing object what it says of a forbidden one.
            prefix: of the objects' keys; all by default.

        Raises:
            ValueError: when an action is none of these.
        """
        on_objects = [action for action in actions if action != LIST]
        unknown = set(on_objects) - set(OBJECT_ACTIONS)
        if unknown:
            raise ValueError(
                f"{sorted(unknown)} cannot be granted on a bucket; use {sorted([*OBJECT_ACTIONS, LIST])}"
            )
        statements = [
            policy.allow([f"s3:{action}" for action in on_objects], [f"{self.arn}/{prefix}*"]),
        ]
        if LIST in actions:
            statements.append(policy.allow([f"s3:{LIST}"], [self.arn]))
        if self._key is not None:
            on_key = sorted({OBJECT_ACTIONS[action] for action in on_objects})
            context = {"aws:s3:arn": [self.arn, f"{self.arn}/{prefix}*"]}
            statements.append(self._key.via_service_statement("s3", on_key, context, operator="StringLike"))
        grantee.grant(*statements)
