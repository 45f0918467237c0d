"""Findings about encryption, protection and logging that are removed or weakened."""

import math
from collections.abc import Iterator

from review.change import Change, Difference, dotted_path, value_at
from review.findings.finding import Finding, is_deleted_with_owner
from review.redact import Redactor, find_secrets

PROTECTIVE_FLAGS = {
    "actions_enabled": "its alarm actions",
    "enable_logging": "the log of API calls",
    "encrypt_at_rest": "encryption at rest",
    "enforce_https": "the enforcement of HTTPS",
    "iam_database_authentication_enabled": "IAM authentication",
    "is_enabled": "the use of the key, which makes all data encrypted with it unreadable",
    "is_multi_region_trail": "the log of API calls in other regions",
    "node_to_node_encryption": "encryption in transit",
    "xray_tracing_enabled": "tracing",
    "deletion_protection": "deletion protection",
    "deletion_protection_enabled": "deletion protection",
    "drop_invalid_header_fields": "the removal of invalid headers",
    "enable_deletion_protection": "deletion protection",
    "enable_key_rotation": "key rotation",
    "enable_log_file_validation": "log file validation",
    "encrypt": "encryption",
    "encrypted": "encryption",
    "multi_az": "its standby in a second availability zone",
    "point_in_time_recovery": "point-in-time recovery",
    "prevent_destroy": "protection from destruction (`prevent_destroy`)",
    "server_side_encryption": "encryption",
    "sqs_managed_sse_enabled": "encryption",
    "storage_encrypted": "encryption",
    "termination_protection": "termination protection",
    "cache_data_encrypted": "encryption of the cache",
    "at_rest_encryption_enabled": "encryption at rest",
    "transit_encryption_enabled": "encryption in transit",
}
"""Flags that protect when they are true, or blocks whose `enabled` is true, and what they provide."""

DANGEROUS_FLAGS = {
    "force_destroy": "can be destroyed with its contents",
    "skip_final_snapshot": "takes no final snapshot",
    "force_delete": "can be destroyed with its contents",
    "bypass_policy_lockout_safety_check": "accepts a policy that locks everyone out",
}
"""Flags that protect when they are false, and what is possible when they are true."""

ENCRYPTION_ATTRIBUTES = (
    "kms_key_id",
    "kms_key_arn",
    "kms_master_key_id",
    "kms_key",
    "sse_algorithm",
    "server_side_encryption",
)
"""Attributes that name an encryption key or algorithm."""

WEAKER_VALUES = {
    "COMPLIANCE": ("GOVERNANCE",),
    "SecureString": ("String", "StringList"),
    "Enabled": ("Suspended", "Disabled"),
    "aws:kms:dsse": ("aws:kms", "AES256"),
    "aws:kms": ("AES256",),
    "KMS": ("NONE", "AES256"),
    "CUSTOMER_MANAGED_KMS_KEY": ("AWS_OWNED_KEY",),
    "BucketOwnerEnforced": ("BucketOwnerPreferred", "ObjectWriter"),
    "Active": ("PassThrough",),
    "HTTPS": ("HTTP",),
    "TLS": ("TCP",),
    "https-only": ("allow-all",),
    "redirect-to-https": ("allow-all",),
    "TLS_1_2": ("TLS_1_0",),
    "ALL": ("OFF", "FATAL", "ERROR"),
    "ERROR": ("OFF", "FATAL"),
}
"""Values that protect or log, and weaker values for each."""

RANKED_ATTRIBUTES = frozenset(
    {
        "type",
        "status",
        "sse_algorithm",
        "server_side_encryption",
        "encryption_type",
        "object_ownership",
        "mode",
        "protocol",
        "viewer_protocol_policy",
        "security_policy",
        "level",
        "mfa_delete",
    }
)
"""Attributes to which `WEAKER_VALUES` applies."""

EXPIRATION_BLOCKS = frozenset({"expiration", "noncurrent_version_expiration"})
"""Blocks of a bucket's lifecycle configuration that expire objects."""

BLOCKED_TYPES = "blocked_encryption_types"
"""The list of a bucket that contains `SSE-C` unless uploads with a key of the caller are allowed."""

LOGGING_BLOCKS = ("access_log_settings", "logging_configuration", "logging_config", "access_logs")

RETENTION_ATTRIBUTES = {
    "backup_retention_period": "days of backups",
    "deletion_window_in_days": "days in which the deletion can be cancelled",
    "message_retention_seconds": "seconds that messages are retained",
    "recovery_period_in_days": "days of point-in-time recovery",
    "recovery_window_in_days": "days in which the deletion can be cancelled",
    "retention_in_days": "days of logs; older logs are deleted",
    "retention_period": "hours of records",
}
"""Numbers that protect more the larger they are, and what they count."""

PROTECTIVE_TYPES = {
    "aws_accessanalyzer_analyzer": "the analysis of external access",
    "aws_backup_vault_lock_configuration": "the lock of the backup vault",
    "aws_backup_plan": "backups",
    "aws_backup_selection": "backups",
    "aws_cloudtrail": "the log of API calls",
    "aws_cloudwatch_metric_alarm": "an alarm",
    "aws_config_configuration_recorder": "the history of configurations",
    "aws_flow_log": "flow logs",
    "aws_guardduty_detector": "threat detection",
    "aws_inspector2_enabler": "vulnerability scanning",
    "aws_macie2_account": "the discovery of personal data",
    "aws_s3_bucket_ownership_controls": "the disabling of ACLs",
    "aws_securityhub_account": "the collection of security findings",
    "aws_s3_bucket_logging": "access logs",
    "aws_s3_bucket_replication_configuration": "replication",
    "aws_s3_bucket_object_lock_configuration": "object lock",
    "aws_s3_bucket_server_side_encryption_configuration": "the choice of encryption",
    "aws_s3_bucket_versioning": "versioning",
    "aws_wafv2_web_acl_association": "the web ACL",
}
"""Types that protect another resource, and what is lost when they are destroyed."""


def protection_findings(changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """Yield encryption, protection and logging that is removed or weakened, and plaintext secrets."""
    for change in changes:
        yield from _plaintext_secrets(change, redactor)
        if change.action == "delete" and change.type in PROTECTIVE_TYPES:
            if not is_deleted_with_owner(change, changes):
                text = f"is destroyed, which removes {PROTECTIVE_TYPES[change.type]}"
                needs_human = change.type != "aws_cloudwatch_metric_alarm"
                yield Finding("protection", change, text, needs_human=needs_human)
        elif change.action in ("update", "replace"):
            yield from (
                Finding("protection", change, weakening, needs_human=True)
                for weakening in _weakened_settings(change, redactor)
            )


def _plaintext_secrets(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """Yield new values that look like secrets and that anyone who can read the configuration can read."""
    for path, _ in find_secrets(change.type, change.after):
        if not change.is_sensitive(path) and change.value_after(*path) != change.value_before(*path):
            text = f"contains what looks like a plaintext secret: {redactor.name(dotted_path(path))}"
            yield Finding("protection", change, text)


def _weakened_settings(change: Change, redactor: Redactor) -> Iterator[str]:
    """Yield a description of each setting of a resource that is removed or weakened."""
    for name in LOGGING_BLOCKS:
        unknown = value_at(change.unknown, (name,)) is True
        if change.value_before(name) and not change.value_after(name) and not unknown:
            yield f"stops logging: {redactor.code(name)} is removed"
    for difference in change.differences:
        weakening = _describe_weakening(difference, change, redactor)
        if weakening and not difference.sensitive and not difference.unknown:
            yield weakening


def _describe_weakening(difference: Difference, change: Change, redactor: Redactor) -> str | None:
    """Return a description of a difference that weakens the resource; None for other differences."""
    before, after = difference.before, difference.after
    names = [step for step in difference.path if isinstance(step, str)]
    last, name = names[-1], redactor.code(difference.name)
    shown = f"{name} {redactor.code(_display(before))} → {redactor.code(_display(after))}"
    flag = next((step for step in names if step in PROTECTIVE_FLAGS), "")
    # A lifecycle rule that is disabled retains more, not less.
    ranked = last in RANKED_ATTRIBUTES and change.type != "aws_s3_bucket_lifecycle_configuration"
    text = None
    if flag and last in (flag, "enabled") and before is True and after is not True:
        text = f"loses {PROTECTIVE_FLAGS[flag]}: {name}"
    elif last in DANGEROUS_FLAGS and after is True:
        text = f"{DANGEROUS_FLAGS[last]}: {name}"
    elif last in ENCRYPTION_ATTRIBUTES and before and (not after or "alias/aws/" in str(after)):
        text = f"is no longer encrypted with its key: {shown}"
    elif ranked and isinstance(before, str) and after in WEAKER_VALUES.get(before, ()):
        text = f"has a weaker setting: {shown}"
    elif EXPIRATION_BLOCKS.intersection(names) and _is_lower(before, after, zero_is_unlimited=True):
        text = f"expires objects that are retained now: {shown}"
    elif last == BLOCKED_TYPES and "SSE-C" in (before or ()) and "SSE-C" not in (after or ()):
        text = f"allows uploads that are encrypted with a key of the caller (SSE-C): {name}"
    elif last in RETENTION_ATTRIBUTES and _is_lower(
        before, after, zero_is_unlimited=last == "retention_in_days"
    ):
        text = f"retains less: {shown} ({RETENTION_ATTRIBUTES[last]})"
    return text


def _display(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _is_lower(before: object, after: object, *, zero_is_unlimited: bool) -> bool:
    """Return whether a number decreases; with `zero_is_unlimited`, 0 and None are infinite."""
    if zero_is_unlimited:
        before, after = before or math.inf, after or math.inf
    return isinstance(before, int | float) and isinstance(after, int | float) and after < before
