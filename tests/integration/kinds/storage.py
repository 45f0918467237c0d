from collections.abc import Callable

from sandbox.document import JSON
from sandbox.kinds.kind import Attributes
from sandbox.server import Server
from tests.integration.kinds.case import KEY, TAGS, Case, Resources, of, policy

POLICY = policy("s3:*", Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def bucket(name: str) -> Resources:
    return {"aws_s3_bucket": {"b": {"bucket": name}}}


def s3(operation: str, path: str, **parameters: JSON) -> Callable[[Server, Attributes], JSON]:
    return of("s3", operation, path, Bucket="{bucket}", **parameters)


CASES = {
    "aws_s3_bucket": Case(
        {"aws_s3_bucket": {"x": {"bucket": "mine", "force_destroy": True, "tags": {"Name": "mine"}}}},
        lambda server, _: {
            each["Key"]: each["Value"]
            for each in s3("get_bucket_tagging", "TagSet")(server, {"bucket": "mine"})
        },
        TAGS,
    ),
    "aws_s3_bucket_versioning": Case(
        bucket("versioned")
        | {
            "aws_s3_bucket_versioning": {
                "x": {"bucket": "${aws_s3_bucket.b.id}", "versioning_configuration": [{"status": "Enabled"}]}
            }
        },
        s3("get_bucket_versioning", "Status"),
        "Enabled",
    ),
    "aws_s3_bucket_public_access_block": Case(
        bucket("blocked")
        | {
            "aws_s3_bucket_public_access_block": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "block_public_acls": True,
                    "block_public_policy": True,
                    "ignore_public_acls": True,
                    "restrict_public_buckets": True,
                }
            }
        },
        lambda server, made: sorted(
            s3("get_public_access_block", "PublicAccessBlockConfiguration")(server, made).values()
        ),
        [True] * 4,
    ),
    "aws_s3_bucket_server_side_encryption_configuration": Case(
        KEY
        | bucket("encrypted")
        | {
            "aws_s3_bucket_server_side_encryption_configuration": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "rule": [
                        {
                            "bucket_key_enabled": True,
                            "apply_server_side_encryption_by_default": {
                                "sse_algorithm": "aws:kms",
                                "kms_master_key_id": "${aws_kms_key.k.arn}",
                            },
                        }
                    ],
                }
            }
        },
        s3(
            "get_bucket_encryption",
            "ServerSideEncryptionConfiguration.Rules.0.ApplyServerSideEncryptionByDefault.SSEAlgorithm",
        ),
        "aws:kms",
    ),
    "aws_s3_bucket_policy": Case(
        bucket("with-policy")
        | {"aws_s3_bucket_policy": {"x": {"bucket": "${aws_s3_bucket.b.id}", "policy": POLICY}}},
        s3("get_bucket_policy", "Policy"),
        "{policy}",
    ),
    "aws_s3_bucket_logging": Case(
        {
            "aws_s3_bucket": {"b": {"bucket": "logged"}, "l": {"bucket": "of-logs"}},
            "aws_s3_bucket_logging": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "target_bucket": "${aws_s3_bucket.l.id}",
                    "target_prefix": "access-logs/logged/",
                }
            },
        },
        s3("get_bucket_logging", "LoggingEnabled.TargetPrefix"),
        "access-logs/logged/",
    ),
    "aws_s3_bucket_lifecycle_configuration": Case(
        bucket("ageing")
        | {
            "aws_s3_bucket_lifecycle_configuration": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "rule": [
                        {
                            "id": "old",
                            "status": "Enabled",
                            "filter": [{"prefix": ""}],
                            "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
                            "noncurrent_version_expiration": [{"noncurrent_days": 30}],
                        }
                    ],
                }
            }
        },
        lambda server, made: [
            s3("get_bucket_lifecycle_configuration", f"Rules.0.{path}")(server, made)
            for path in (
                "ID",
                "AbortIncompleteMultipartUpload.DaysAfterInitiation",
                "NoncurrentVersionExpiration.NoncurrentDays",
            )
        ],
        ["old", 7, 30],
    ),
    "aws_s3_bucket_ownership_controls": Case(
        bucket("owned")
        | {
            "aws_s3_bucket_ownership_controls": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "rule": [{"object_ownership": "BucketOwnerEnforced"}],
                }
            }
        },
        s3("get_bucket_ownership_controls", "OwnershipControls.Rules.0.ObjectOwnership"),
        "BucketOwnerEnforced",
    ),
    "aws_s3_object": Case(
        bucket("full")
        | {
            "aws_s3_object": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "key": "code.zip",
                    "source": "code.zip",
                    "source_hash": "any",
                    "tags": {"Name": "mine"},
                }
            }
        },
        lambda server, made: {
            each["Key"]: each["Value"]
            for each in s3("get_object_tagging", "TagSet", Key="code.zip")(server, made)
        },
        TAGS,
    ),
    "aws_dynamodb_table": Case(
        KEY
        | {
            "aws_dynamodb_table": {
                "x": {
                    "name": "mine",
                    "billing_mode": "PROVISIONED",
                    "read_capacity": 5,
                    "write_capacity": 6,
                    "hash_key": "id",
                    "range_key": "at",
                    "attribute": [{"name": "id", "type": "S"}, {"name": "at", "type": "N"}],
                    "server_side_encryption": {"enabled": True, "kms_key_arn": "${aws_kms_key.k.arn}"},
                    "point_in_time_recovery": {"enabled": True},
                    "ttl": {"attribute_name": "expires_at", "enabled": True},
                    "deletion_protection_enabled": True,
                }
            }
        },
        lambda server, _: [
            of("dynamodb", operation, path, TableName="mine")(server, {})
            for operation, path in (
                ("describe_table", "Table.KeySchema.1.AttributeName"),
                ("describe_table", "Table.ProvisionedThroughput.WriteCapacityUnits"),
                ("describe_table", "Table.SSEDescription.Status"),
                ("describe_table", "Table.DeletionProtectionEnabled"),
                ("describe_time_to_live", "TimeToLiveDescription.AttributeName"),
                (
                    "describe_continuous_backups",
                    "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus",
                ),
            )
        ],
        ["at", 6, "ENABLED", True, "expires_at", "ENABLED"],
    ),
}
