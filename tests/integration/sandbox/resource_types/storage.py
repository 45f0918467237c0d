from collections.abc import Callable

from sandbox.resource_types.resource_type import Attributes
from sandbox.server.process import Server
from synthesized.stack import JSON
from tests.integration.sandbox.resource_types.case import KEY, TAGS, Case, Resources, policy, reader
from tests.integration.sandbox.resource_types.functions import function

POLICY = policy("s3:*", Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def bucket(name: str) -> Resources:
    return {"aws_s3_bucket": {"b": {"bucket": name}}}


def s3(operation: str, path: str, **parameters: JSON) -> Callable[[Server, Attributes], JSON]:
    return reader("s3", operation, path, Bucket="{bucket}", **parameters)


CASES = {
    "aws_s3_bucket": Case(
        {"aws_s3_bucket": {"x": {"bucket": "mine", "force_destroy": True, "tags": {"Name": "mine"}}}},
        lambda server, _: {
            tag["Key"]: tag["Value"] for tag in s3("get_bucket_tagging", "TagSet")(server, {"bucket": "mine"})
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
        lambda server, attributes: sorted(
            s3("get_public_access_block", "PublicAccessBlockConfiguration")(server, attributes).values()
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
                            "blocked_encryption_types": ["NONE"],
                            "apply_server_side_encryption_by_default": {
                                "sse_algorithm": "aws:kms",
                                "kms_master_key_id": "${aws_kms_key.k.arn}",
                            },
                        }
                    ],
                }
            }
        },
        lambda server, attributes: [
            s3("get_bucket_encryption", f"ServerSideEncryptionConfiguration.Rules.0.{path}")(
                server, attributes
            )
            for path in (
                "ApplyServerSideEncryptionByDefault.SSEAlgorithm",
                "ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
                "BucketKeyEnabled",
                "BlockedEncryptionTypes.EncryptionType",
            )
        ],
        ["aws:kms", "{rule[0][apply_server_side_encryption_by_default][kms_master_key_id]}", True, ["NONE"]],
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
        lambda server, attributes: [
            s3("get_bucket_lifecycle_configuration", f"Rules.0.{path}")(server, attributes)
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
    "aws_s3_bucket_cors_configuration": Case(
        bucket("shared-with-browsers")
        | {
            "aws_s3_bucket_cors_configuration": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "cors_rule": [
                        {
                            "id": "uploads",
                            "allowed_methods": ["POST"],
                            "allowed_origins": ["https://example.com"],
                            "allowed_headers": ["*"],
                            "expose_headers": ["ETag"],
                            "max_age_seconds": 300,
                        }
                    ],
                }
            }
        },
        s3("get_bucket_cors", "CORSRules.0"),
        {
            "ID": "uploads",
            "AllowedMethods": ["POST"],
            "AllowedOrigins": ["https://example.com"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 300,
        },
    ),
    "aws_s3_bucket_notification": Case(
        function("notified")
        | {
            "aws_sqs_queue": {"q": {"name": "notified", "policy": policy("sqs:SendMessage", Principal="*")}},
            "aws_s3_bucket_notification": {
                "x": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "lambda_function": [
                        {
                            "id": "images",
                            "lambda_function_arn": "${aws_lambda_function.f.arn}",
                            "events": ["s3:ObjectCreated:*"],
                            "filter_prefix": "uploads/",
                            "filter_suffix": ".png",
                        }
                    ],
                    "queue": [
                        {
                            "id": "gone",
                            "queue_arn": "${aws_sqs_queue.q.arn}",
                            "events": ["s3:ObjectRemoved:*"],
                        }
                    ],
                }
            },
        },
        lambda server, attributes: [
            s3("get_bucket_notification_configuration", member)(server, attributes)
            for member in ("LambdaFunctionConfigurations", "QueueConfigurations")
        ],
        [
            [
                {
                    "Id": "images",
                    "LambdaFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:notified",
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {
                        "Key": {
                            "FilterRules": [
                                {"Name": "prefix", "Value": "uploads/"},
                                {"Name": "suffix", "Value": ".png"},
                            ]
                        }
                    },
                }
            ],
            [
                {
                    "Id": "gone",
                    "QueueArn": "arn:aws:sqs:us-east-1:123456789012:notified",
                    "Events": ["s3:ObjectRemoved:*"],
                }
            ],
        ],
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
        lambda server, attributes: {
            tag["Key"]: tag["Value"]
            for tag in s3("get_object_tagging", "TagSet", Key="code.zip")(server, attributes)
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
            reader("dynamodb", operation, path, TableName="mine")(server, {})
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
