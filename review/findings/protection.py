"""Encryption, protection and records of what happened that are taken away or weakened."""

import math
from collections.abc import Iterator

from review.change import Change, Difference, at, dotted
from review.findings.finding import Finding, goes_along
from review.redact import Redactor, secrets

GUARDS = {
    "actions_enabled": "its actions",
    "enable_logging": "the record of API calls",
    "encrypt_at_rest": "encryption at rest",
    "enforce_https": "the refusal of plain HTTP",
    "iam_database_authentication_enabled": "authentication by IAM",
    "is_enabled": "the use of the key, and of all that it has encrypted",
    "is_multi_region_trail": "the record of other regions",
    "node_to_node_encryption": "encryption in transit",
    "xray_tracing_enabled": "traces",
    "deletion_protection": "protection against deletion",
    "deletion_protection_enabled": "protection against deletion",
    "drop_invalid_header_fields": "the refusal of invalid headers",
    "enable_deletion_protection": "protection against deletion",
    "enable_key_rotation": "the rotation of the key",
    "enable_log_file_validation": "the validation of its log files",
    "encrypt": "encryption",
    "encrypted": "encryption",
    "multi_az": "the second zone",
    "point_in_time_recovery": "point-in-time recovery",
    "prevent_destroy": "protection against destruction (`prevent_destroy`)",
    "server_side_encryption": "encryption",
    "sqs_managed_sse_enabled": "encryption",
    "storage_encrypted": "encryption",
    "termination_protection": "protection against termination",
    "cache_data_encrypted": "encryption of the cache",
    "at_rest_encryption_enabled": "encryption at rest",
    "transit_encryption_enabled": "encryption in transit",
}
"""Flags, or blocks with an `enabled`, that are on where they protect."""

DANGERS = {
    "force_destroy": "it may be destroyed with what is in it",
    "skip_final_snapshot": "no last snapshot is taken",
    "force_delete": "it may be destroyed with what is in it",
    "bypass_policy_lockout_safety_check": "a policy may lock everybody out",
}
"""Flags that are off where they protect."""

KEYS = (
    "kms_key_id",
    "kms_key_arn",
    "kms_master_key_id",
    "kms_key",
    "sse_algorithm",
    "server_side_encryption",
)
"""Attributes that name a key, or say that one is used."""

WEAKER = {
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
"""Values that protect or record, and those that do it less."""

WEAKER_NAMES = frozenset(
    {
        "type",
        "status",
        "sse_algorithm",
        "server_side_encryption",
        "encryption_type",
        "object_ownership",
        "mode",
    }
    | {"protocol", "viewer_protocol_policy", "security_policy", "level", "mfa_delete"}
)

EXPIRY = frozenset({"expiration", "noncurrent_version_expiration"})
"""Blocks of a bucket's lifecycle whose days end objects."""

RECORDS = ("access_log_settings", "logging_configuration", "logging_config", "access_logs")

LESS = {
    "backup_retention_period": "days of backups",
    "deletion_window_in_days": "days in which a deletion can be called off",
    "message_retention_seconds": "seconds for which messages wait",
    "recovery_period_in_days": "days to which it can be restored",
    "recovery_window_in_days": "days in which a deletion can be called off",
    "retention_in_days": "days of logs: older ones are deleted",
    "retention_period": "hours of records",
}
"""Numbers that protect by being large; 0 days of retention is for ever."""

SHIELDS = {
    "aws_accessanalyzer_analyzer": "the look at who has access",
    "aws_backup_vault_lock_configuration": "the lock of the vault",
    "aws_backup_plan": "backups",
    "aws_backup_selection": "backups",
    "aws_cloudtrail": "the record of API calls",
    "aws_cloudwatch_metric_alarm": "an alarm",
    "aws_config_configuration_recorder": "the record of configurations",
    "aws_flow_log": "flow logs",
    "aws_guardduty_detector": "the detection of threats",
    "aws_inspector2_enabler": "the search for weaknesses",
    "aws_macie2_account": "the search for personal data",
    "aws_s3_bucket_ownership_controls": "the refusal of ACLs",
    "aws_securityhub_account": "the collection of findings",
    "aws_s3_bucket_logging": "access logs",
    "aws_s3_bucket_replication_configuration": "copies elsewhere",
    "aws_s3_bucket_object_lock_configuration": "the lock of objects",
    "aws_s3_bucket_server_side_encryption_configuration": "the choice of encryption",
    "aws_s3_bucket_versioning": "old versions",
    "aws_wafv2_web_acl_association": "the web ACL",
}
"""Types that protect something else."""


def protections(changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """What no longer protects."""
    for change in changes:
        yield from _in_the_clear(change, redactor)
        if change.action == "delete" and change.type in SHIELDS:
            if not goes_along(change, changes):
                gone = f"is destroyed, and takes away {SHIELDS[change.type]}"
                yield Finding(
                    "protection", change, gone, needs_human=change.type != "aws_cloudwatch_metric_alarm"
                )
        elif change.action in ("update", "replace"):
            yield from (
                Finding("protection", change, each, needs_human=True) for each in _less(change, redactor)
            )


def _in_the_clear(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """What looks like a secret and is put where whoever may read the configuration can read it."""
    for path, _ in secrets(change.type, change.after):
        if not change.hides(path) and change.becomes(*path) != change.was(*path):
            text = f"has what looks like a secret in the clear: {redactor.name(dotted(path))}"
            yield Finding("protection", change, text)


def _less(change: Change, redactor: Redactor) -> Iterator[str]:
    """What of a resource protects or records less."""
    for name in RECORDS:
        if change.was(name) and not change.becomes(name) and at(change.unknown, (name,)) is not True:
            yield f"is no longer recorded: {redactor.code(name)} goes"
    for difference in change.differences:
        said = _weaker(difference, change, redactor)
        if said and not difference.sensitive and not difference.unknown:
            yield said


def _weaker(difference: Difference, change: Change, redactor: Redactor) -> str | None:
    """What is weaker, if it is."""
    before, after = difference.before, difference.after
    names = [step for step in difference.path if isinstance(step, str)]
    name = redactor.code(difference.name)
    shown = f"{name} {redactor.code(_word(before))} → {redactor.code(_word(after))}"
    flag = next((each for each in names if each in GUARDS), "")
    kept = change.type != "aws_s3_bucket_lifecycle_configuration"  # a rule that is off keeps more
    said = None
    if flag and names[-1] in (flag, "enabled") and before is True and after is not True:
        said = f"loses {GUARDS[flag]}: {name}"
    elif names[-1] in DANGERS and after is True:
        said = f"{DANGERS[names[-1]]}: {name}"
    elif names[-1] in KEYS and before and (not after or "alias/aws/" in str(after)):
        said = f"is no longer encrypted by its key: {shown}"
    elif kept and names[-1] in WEAKER_NAMES and isinstance(before, str) and after in WEAKER.get(before, ()):
        said = f"protects or records less: {shown}"
    elif EXPIRY.intersection(names) and _lower(before, after, endless=True):
        said = f"ends objects that are kept now: {shown}"
    elif names[-1] in LESS and _lower(before, after, endless=names[-1] == "retention_in_days"):
        said = f"{shown} {LESS[names[-1]]}"
    return said


def _word(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _lower(before: object, after: object, *, endless: bool) -> bool:
    """Whether a number is smaller; with `endless`, none and 0 are for ever."""
    if endless:
        before, after = before or math.inf, after or math.inf
    return isinstance(before, int | float) and isinstance(after, int | float) and after < before
