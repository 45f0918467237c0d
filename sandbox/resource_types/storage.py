"""S3 buckets and objects, DynamoDB tables."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Attributes, Call, Context, ResourceType, Waiter

_LIFECYCLE = {
    "rule": "LifecycleConfiguration.Rules",
    "transition_default_minimum_object_size": "TransitionDefaultMinimumObjectSize",
    "rule.id": "ID",
}
_TARGETS = {
    "lambda_function": "NotificationConfiguration.LambdaFunctionConfigurations",
    "queue": "NotificationConfiguration.QueueConfigurations",
    "topic": "NotificationConfiguration.TopicConfigurations",
}


def _location(attributes: Attributes, context: Context) -> Attributes:
    """Add the region as location constraint. S3 refuses us-east-1, its default."""
    if context.region == "us-east-1":
        return attributes
    return attributes | {"location_constraint": context.region}


def _content(attributes: Attributes, context: Context) -> Attributes:
    """Read the file that `source` names, from the stack's directory."""
    rest = dict(attributes)
    if "source" in rest:
        rest["body"] = (context.directory / rest.pop("source")).read_bytes()
    return rest


def _notifications(attributes: Attributes, _: Context) -> Attributes:
    """Move the prefix and the suffix of every block to the API's list of filter rules."""
    return {
        name: [_filtered(block) for block in value] if name in _TARGETS else value
        for name, value in attributes.items()
    }


def _filtered(block: Attributes) -> Attributes:
    rest = dict(block)
    rules = [
        {"name": name, "value": rest.pop(f"filter_{name}")}
        for name in ("prefix", "suffix")
        if rest.get(f"filter_{name}") is not None
    ]
    return rest | ({"filter": {"key": {"filter_rules": rules}}} if rules else {})


def _table(attributes: Attributes, _: Context) -> Attributes:
    """Move the keys and the capacity to the API's structures."""
    rest = dict(attributes)
    keys = {"hash_key": "HASH", "range_key": "RANGE"}
    rest["key_schema"] = [
        {"attribute_name": rest.pop(key), "key_type": key_type}
        for key, key_type in keys.items()
        if rest.get(key)
    ]
    capacity = ("read_capacity", "write_capacity")
    units = {f"{name}_units": rest.pop(name) for name in capacity if name in rest}
    return rest | ({"provisioned_throughput": units} if units else {})


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_s3_bucket": ResourceType(
        "s3",
        Call(
            "CreateBucket",
            names={
                "location_constraint": "CreateBucketConfiguration.LocationConstraint",
                "object_lock_enabled": "ObjectLockEnabledForBucket",
            },
            transform=_location,
        ),
        then=(Call("PutBucketTagging", attributes=("tags",), parameters={"Bucket": "bucket"}),),
        computed={
            "id": "{bucket}",
            "arn": "arn:{partition}:s3:::{bucket}",
            "bucket_region": "{region}",
            "bucket_domain_name": "{bucket}.s3.amazonaws.com",
            "bucket_regional_domain_name": "{bucket}.s3.{region}.amazonaws.com",
        },
        ignored={"force_destroy": "how a bucket is destroyed"},
    ),
    "aws_s3_bucket_versioning": ResourceType("s3", Call("PutBucketVersioning"), computed={"id": "{bucket}"}),
    "aws_s3_bucket_public_access_block": ResourceType(
        "s3",
        Call(
            "PutPublicAccessBlock",
            names={
                name: f"PublicAccessBlockConfiguration.{member}"
                for name, member in {
                    "block_public_acls": "BlockPublicAcls",
                    "block_public_policy": "BlockPublicPolicy",
                    "ignore_public_acls": "IgnorePublicAcls",
                    "restrict_public_buckets": "RestrictPublicBuckets",
                }.items()
            },
        ),
        computed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_server_side_encryption_configuration": ResourceType(
        "s3",
        Call(
            "PutBucketEncryption",
            names={
                "rule": "ServerSideEncryptionConfiguration.Rules",
                "rule.blocked_encryption_types": "BlockedEncryptionTypes.EncryptionType",
            },
        ),
        computed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_policy": ResourceType("s3", Call("PutBucketPolicy"), computed={"id": "{bucket}"}),
    "aws_s3_bucket_logging": ResourceType(
        "s3",
        Call(
            "PutBucketLogging",
            names={
                "target_bucket": "BucketLoggingStatus.LoggingEnabled.TargetBucket",
                "target_prefix": "BucketLoggingStatus.LoggingEnabled.TargetPrefix",
            },
        ),
        computed={"id": "{bucket}"},
        limitation="S3 access logs: configured, but not written",
    ),
    "aws_s3_bucket_lifecycle_configuration": ResourceType(
        "s3",
        Call("PutBucketLifecycleConfiguration", names=_LIFECYCLE),
        computed={"id": "{bucket}"},
        limitation="S3 lifecycle rules: stored, but nothing expires",
    ),
    "aws_s3_bucket_ownership_controls": ResourceType(
        "s3",
        Call("PutBucketOwnershipControls", names={"rule": "OwnershipControls.Rules"}),
        computed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_cors_configuration": ResourceType(
        "s3",
        Call("PutBucketCors", names={"cors_rule": "CORSConfiguration.CORSRules"}),
        computed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_notification": ResourceType(
        "s3",
        Call("PutBucketNotificationConfiguration", names=_TARGETS, transform=_notifications),
        computed={"id": "{bucket}"},
        limitation="S3 event notifications: functions are invoked even without a permission for S3",
    ),
    "aws_s3_object": ResourceType(
        "s3",
        Call(
            "PutObject",
            names={"kms_key_id": "SSEKMSKeyId", "content": "Body"},
            transform=_content,
            returns={"version_id": "VersionId", "etag": "ETag"},
        ),
        computed={"id": "{bucket}/{key}", "arn": "arn:{partition}:s3:::{bucket}/{key}"},
        ignored={
            "source_hash": "tells Terraform that the file has changed",
            "force_destroy": "how an object is destroyed",
        },
    ),
    "aws_dynamodb_table": ResourceType(
        "dynamodb",
        Call(
            "CreateTable",
            names={
                "name": "TableName",
                "attribute": "AttributeDefinitions",
                "attribute.name": "AttributeName",
                "attribute.type": "AttributeType",
                "server_side_encryption": "SSESpecification",
                "server_side_encryption.kms_key_arn": "KMSMasterKeyId",
            },
            transform=_table,
            returns={"arn": "TableDescription.TableArn", "id": "TableDescription.TableName"},
        ),
        then=(
            Call(
                "UpdateContinuousBackups",
                attributes=("point_in_time_recovery",),
                parameters={"TableName": "name"},
                names={
                    "point_in_time_recovery": "PointInTimeRecoverySpecification",
                    "point_in_time_recovery.enabled": "PointInTimeRecoveryEnabled",
                },
            ),
            Call(
                "UpdateTimeToLive",
                attributes=("ttl",),
                parameters={"TableName": "name"},
                names={"ttl": "TimeToLiveSpecification"},
            ),
        ),
        waiter=Waiter("table_exists", {"TableName": "name"}),
    ),
}
