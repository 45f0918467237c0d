"""Buckets, objects and tables."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Attributes, Call, Context, Kind, Wait

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


def _placed(attributes: Attributes, context: Context) -> Attributes:
    """Add the region as S3 wants it: us-east-1 is the one that may not be named."""
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
    """Put each block's prefix and suffix where the API has a list of filter rules."""
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
    """Turn keys and capacity, which stand apart in Terraform, into the API's structures."""
    rest = dict(attributes)
    keys = {"hash_key": "HASH", "range_key": "RANGE"}
    rest["key_schema"] = [
        {"attribute_name": rest.pop(key), "key_type": sort} for key, sort in keys.items() if rest.get(key)
    ]
    capacity = ("read_capacity", "write_capacity")
    units = {f"{name}_units": rest.pop(name) for name in capacity if name in rest}
    return rest | ({"provisioned_throughput": units} if units else {})


KINDS: Mapping[str, Kind] = {
    "aws_s3_bucket": Kind(
        "s3",
        Call(
            "CreateBucket",
            names={
                "location_constraint": "CreateBucketConfiguration.LocationConstraint",
                "object_lock_enabled": "ObjectLockEnabledForBucket",
            },
            reshape=_placed,
        ),
        then=(Call("PutBucketTagging", takes=("tags",), keys={"Bucket": "bucket"}),),
        composed={
            "id": "{bucket}",
            "arn": "arn:{partition}:s3:::{bucket}",
            "bucket_region": "{region}",
            "bucket_domain_name": "{bucket}.s3.amazonaws.com",
            "bucket_regional_domain_name": "{bucket}.s3.{region}.amazonaws.com",
        },
        ignored={"force_destroy": "how a bucket is destroyed"},
    ),
    "aws_s3_bucket_versioning": Kind("s3", Call("PutBucketVersioning"), composed={"id": "{bucket}"}),
    "aws_s3_bucket_public_access_block": Kind(
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
        composed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_server_side_encryption_configuration": Kind(
        "s3",
        Call("PutBucketEncryption", names={"rule": "ServerSideEncryptionConfiguration.Rules"}),
        composed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_policy": Kind("s3", Call("PutBucketPolicy"), composed={"id": "{bucket}"}),
    "aws_s3_bucket_logging": Kind(
        "s3",
        Call(
            "PutBucketLogging",
            names={
                "target_bucket": "BucketLoggingStatus.LoggingEnabled.TargetBucket",
                "target_prefix": "BucketLoggingStatus.LoggingEnabled.TargetPrefix",
            },
        ),
        composed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_lifecycle_configuration": Kind(
        "s3",
        Call("PutBucketLifecycleConfiguration", names=_LIFECYCLE),
        composed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_ownership_controls": Kind(
        "s3",
        Call("PutBucketOwnershipControls", names={"rule": "OwnershipControls.Rules"}),
        composed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_cors_configuration": Kind(
        "s3",
        Call("PutBucketCors", names={"cors_rule": "CORSConfiguration.CORSRules"}),
        composed={"id": "{bucket}"},
    ),
    "aws_s3_bucket_notification": Kind(
        "s3",
        Call("PutBucketNotificationConfiguration", names=_TARGETS, reshape=_notifications),
        composed={"id": "{bucket}"},
        caveat="notifications of buckets: a function is called whatever its permissions say",
    ),
    "aws_s3_object": Kind(
        "s3",
        Call(
            "PutObject",
            names={"kms_key_id": "SSEKMSKeyId", "content": "Body"},
            reshape=_content,
            returns={"version_id": "VersionId", "etag": "ETag"},
        ),
        composed={"id": "{bucket}/{key}", "arn": "arn:{partition}:s3:::{bucket}/{key}"},
        ignored={
            "source_hash": "tells Terraform that the file is another",
            "force_destroy": "how an object is destroyed",
        },
    ),
    "aws_dynamodb_table": Kind(
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
            reshape=_table,
            returns={"arn": "TableDescription.TableArn", "id": "TableDescription.TableName"},
        ),
        then=(
            Call(
                "UpdateContinuousBackups",
                takes=("point_in_time_recovery",),
                keys={"TableName": "name"},
                names={
                    "point_in_time_recovery": "PointInTimeRecoverySpecification",
                    "point_in_time_recovery.enabled": "PointInTimeRecoveryEnabled",
                },
            ),
            Call(
                "UpdateTimeToLive",
                takes=("ttl",),
                keys={"TableName": "name"},
                names={"ttl": "TimeToLiveSpecification"},
            ),
        ),
        wait=Wait("table_exists", {"TableName": "name"}),
    ),
}
