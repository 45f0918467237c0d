"""Encryption, protection and records of what happened that are taken away or weakened."""

from collections.abc import Iterator

from review.change import Change, Difference, dotted
from review.findings.finding import Finding, goes_along
from review.redact import Redactor, secrets

GUARDS = {
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
    "kms_data_key_reuse_period_seconds",
    "sse_algorithm",
    "kms_key",
)

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
    "aws_backup_plan": "backups",
    "aws_backup_selection": "backups",
    "aws_cloudtrail": "the record of API calls",
    "aws_cloudwatch_metric_alarm": "an alarm",
    "aws_config_configuration_recorder": "the record of configurations",
    "aws_flow_log": "flow logs",
    "aws_guardduty_detector": "the detection of threats",
    "aws_s3_bucket_logging": "access logs",
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
                gone = f"is destroyed, and {SHIELDS[change.type]} with it"
                yield Finding(
                    "protection", change, gone, needs_human=change.type != "aws_cloudwatch_metric_alarm"
                )
        elif change.action in ("update", "replace"):
            for difference in change.differences:
                said = (
                    None
                    if difference.sensitive or difference.unknown
                    else _weaker(difference, change, redactor)
                )
                if said:
                    yield Finding("protection", change, said, needs_human=True)


def _in_the_clear(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """What looks like a secret and is put where whoever may read the configuration can read it."""
    for path, _ in secrets(change.type, change.after):
        if not change.hides(path) and change.becomes(*path) != change.was(*path):
            text = f"has what looks like a secret in the clear: {redactor.name(dotted(path))}"
            yield Finding("protection", change, text)


def _weaker(difference: Difference, change: Change, redactor: Redactor) -> str | None:
    """What is weaker, if it is."""
    before, after = difference.before, difference.after
    names = [step for step in difference.path if isinstance(step, str)]
    flag = next((name for name in names if name in GUARDS), "")
    shown = f"{redactor.code(str(before))} → {redactor.code(str(after))}"
    if flag and names[-1] in (flag, "enabled") and before is True and after is not True:
        return f"loses {GUARDS[flag]}: {redactor.code(dotted(difference.path))}"
    if names[-1] in DANGERS and after is True:
        return f"{DANGERS[names[-1]]}: {redactor.code(dotted(difference.path))}"
    if names[-1] in KEYS and before and (not after or (before, after) == ("aws:kms", "AES256")):
        return f"is no longer encrypted by its key: {redactor.code(names[-1])} {shown}"
    if names[-1] == "status" and change.type == "aws_s3_bucket_versioning" and before == "Enabled":
        return f"keeps no old versions: {shown}"
    if names[-1] in LESS and _lower(before, after, names[-1]):
        return f"{redactor.code(names[-1])} {shown} {LESS[names[-1]]}"
    return None


def _lower(before: object, after: object, name: str) -> bool:
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return False
    if name == "retention_in_days":  # 0 is for ever
        return after != 0 and (before == 0 or after < before)
    return after < before
