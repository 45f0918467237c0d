from typing import Any

import pytest

from review.findings.protection import DANGEROUS_FLAGS, PROTECTIVE_FLAGS, PROTECTIVE_TYPES
from tests.unit.review.builders import (
    compared,
    created,
    deleted,
    only_finding,
    resource,
    reviewed,
    texts,
    updated,
)

JSON = dict[str, Any]


@pytest.mark.parametrize("name", sorted(PROTECTIVE_FLAGS))
def test_disabled_protective_flag_is_a_finding(name: str) -> None:
    for before, after in (
        ({name: True}, {name: False}),
        ({name: True}, {}),
        ({name: [{"enabled": True}]}, {name: [{"enabled": False}]}),
        ({name: [{"enabled": True}]}, {name: []}),
    ):
        assert (
            f"loses {PROTECTIVE_FLAGS[name]}"
            in only_finding(reviewed(updated("aws_x.a", before, after))).text
        )
        assert texts(reviewed(updated("aws_x.a", after, before))) == []


@pytest.mark.parametrize("name", sorted(DANGEROUS_FLAGS))
def test_enabled_dangerous_flag_is_a_finding(name: str) -> None:
    assert only_finding(reviewed(updated("aws_x.a", {}, {name: True}))).needs_human
    assert texts(reviewed(updated("aws_x.a", {name: True}, {}))) == []


@pytest.mark.parametrize(
    ("resource_type", "before", "after", "expected"),
    [
        (
            "aws_cloudwatch_log_group",
            {"kms_key_id": "arn:k"},
            {},
            "is no longer encrypted with its key: `kms_key_id`",
        ),
        (
            "aws_sns_topic",
            {"kms_master_key_id": "arn:k"},
            {"kms_master_key_id": "alias/aws/sns"},
            "with its key",
        ),
        (
            "aws_dynamodb_table",
            {"server_side_encryption": [{"enabled": True, "kms_key_arn": "arn:k"}]},
            {"server_side_encryption": [{"enabled": True, "kms_key_arn": None}]},
            "`server_side_encryption.kms_key_arn` `arn:k` → `none`",
        ),
        (
            "aws_s3_bucket_x",
            {"rule": [{"sse_algorithm": "aws:kms"}]},
            {"rule": [{"sse_algorithm": "AES256"}]},
            "weaker",
        ),
        ("aws_s3_bucket_x", {"sse_algorithm": "aws:kms:dsse"}, {"sse_algorithm": "aws:kms"}, "weaker"),
        (
            "aws_s3_object",
            {"server_side_encryption": "aws:kms"},
            {"server_side_encryption": "AES256"},
            "weaker",
        ),
        (
            "aws_ssm_parameter",
            {"type": "SecureString"},
            {"type": "String"},
            "weaker setting: `type` `SecureString` → `String`",
        ),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
            "has a weaker setting: `versioning_configuration.status` `Enabled` → `Suspended`",
        ),
        ("aws_kinesis_stream", {"encryption_type": "KMS"}, {"encryption_type": "NONE"}, "weaker"),
        ("aws_lb_listener", {"protocol": "HTTPS"}, {"protocol": "HTTP"}, "weaker"),
        (
            "aws_lambda_function",
            {"tracing_config": [{"mode": "Active"}]},
            {"tracing_config": [{"mode": "PassThrough"}]},
            "weaker",
        ),
        (
            "aws_sfn_state_machine",
            {"logging_configuration": [{"level": "ALL"}]},
            {"logging_configuration": [{"level": "OFF"}]},
            "weaker",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 30},
            {"retention_in_days": 7},
            "`30` → `7` (days of logs; older logs are deleted)",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 0},
            {"retention_in_days": 7},
            "days of logs; older",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": None},
            {"retention_in_days": 7},
            "`none` → `7` (days",
        ),
        (
            "aws_secretsmanager_secret",
            {"recovery_window_in_days": 30},
            {"recovery_window_in_days": 0},
            "can be cancelled",
        ),
        (
            "aws_db_instance",
            {"backup_retention_period": 7},
            {"backup_retention_period": 0},
            "days of backups",
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"id": "a", "expiration": [{"days": 365}]}]},
            {"rule": [{"id": "a", "expiration": [{"days": 1}]}]},
            "expires objects that are retained now: `rule.expiration.days` `365` → `1`",
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"id": "a"}]},
            {"rule": [{"id": "a", "noncurrent_version_expiration": [{"noncurrent_days": 1}]}]},
            "expires objects that are retained now",
        ),
        (
            "aws_api_gateway_stage",
            {"access_log_settings": [{"destination_arn": "a", "format": "b"}]},
            {},
            "stops logging",
        ),
    ],
)
def test_weakened_setting_is_a_finding(resource_type: str, before: JSON, after: JSON, expected: str) -> None:
    finding = only_finding(reviewed(updated(f"{resource_type}.a", before, after)))
    assert expected in finding.text
    assert finding.needs_human
    backwards = texts(reviewed(updated(f"{resource_type}.a", after, before)))
    assert backwards == []


@pytest.mark.parametrize(
    ("resource_type", "before", "after"),
    [
        ("aws_cloudwatch_log_group", {"retention_in_days": 7}, {"retention_in_days": 0}),
        ("aws_cloudwatch_log_group", {"retention_in_days": 7}, {"retention_in_days": None}),
        ("aws_cloudwatch_log_group", {"retention_in_days": 0}, {"retention_in_days": None}),
        ("aws_sns_topic", {"kms_master_key_id": "arn:a"}, {"kms_master_key_id": "arn:b"}),
        ("aws_sqs_queue", {"kms_data_key_reuse_period_seconds": 300}, {}),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"status": "Enabled"}]},
            {"rule": [{"status": "Disabled"}]},
        ),
        ("aws_db_instance", {"backup_retention_period": None}, {"backup_retention_period": 7}),
    ],
)
def test_equally_strong_setting_has_no_finding(resource_type: str, before: JSON, after: JSON) -> None:
    assert texts(reviewed(updated(f"{resource_type}.a", before, after))) == []


@pytest.mark.parametrize("after", [["NONE"], [], None])
def test_sse_c_that_is_allowed_again_is_a_finding(after: object) -> None:
    default = [{"sse_algorithm": "aws:kms", "kms_master_key_id": "arn:k"}]

    def bucket_encryption(blocked: object) -> JSON:
        rule = {"apply_server_side_encryption_by_default": default, "blocked_encryption_types": blocked}
        return {"rule": [rule]}

    address, blocked = "aws_s3_bucket_server_side_encryption_configuration.a", bucket_encryption(["SSE-C"])
    finding = only_finding(reviewed(updated(address, blocked, bucket_encryption(after))))
    assert finding.needs_human
    assert "(SSE-C): `rule.blocked_encryption_types`" in finding.text
    assert texts(reviewed(updated(address, bucket_encryption(after), blocked))) == []


def test_unknown_key_has_no_finding() -> None:
    entry = updated(
        "aws_sns_topic.a", {"kms_master_key_id": "arn:a"}, {}, after_unknown={"kms_master_key_id": True}
    )
    assert texts(reviewed(entry)) == []


@pytest.mark.parametrize("resource_type", sorted(PROTECTIVE_TYPES))
def test_destroyed_protective_type_is_a_finding(resource_type: str) -> None:
    finding = only_finding(reviewed(deleted(f"{resource_type}.a", id="a")))
    assert finding.text == f"is destroyed, which removes {PROTECTIVE_TYPES[resource_type]}"
    assert finding.needs_human == (resource_type != "aws_cloudwatch_metric_alarm")


def test_protective_resource_destroyed_with_its_owner_has_no_finding() -> None:
    alarm = deleted("aws_cloudwatch_metric_alarm.a", dimensions={"FunctionName": "f"})
    assert texts(reviewed(alarm, deleted("aws_lambda_function.f", function_name="f"))) == []


def test_removed_prevent_destroy_is_a_finding_in_synths() -> None:
    def stack(lifecycle: object) -> JSON:
        return {"resource": {"aws_s3_bucket": {"b": {"bucket": "b", "lifecycle": lifecycle}}}}

    for form in ({"prevent_destroy": True}, [{"prevent_destroy": True}]):
        assert "`prevent_destroy`" in only_finding(compared(stack(form), stack({}))).text
        assert texts(compared(stack({}), stack(form))) == []


def test_plaintext_secret_is_a_finding_without_its_value() -> None:
    entry = created("aws_lambda_function.f", environment=[{"variables": {"DB_PASSWORD": "plain-words"}}])
    assert (
        only_finding(reviewed(entry)).text
        == "contains what looks like a plaintext secret: `environment.variables.DB_PASSWORD`"
    )


@pytest.mark.parametrize(
    "entry",
    [
        created(
            "aws_lambda_function.f",
            environment=[{"variables": {"DB_PASSWORD": "${aws_x.y.z}", "TABLE": "t"}}],
        ),
        updated("aws_lambda_function.f", {"password": "a-word"}, {"password": "a-word", "n": 1}),
        resource("aws_x.a", "create", None, {"password": "a-word"}, after_sensitive={"password": True}),
    ],
)
def test_sensitive_and_unchanged_secrets_have_no_finding(entry: JSON) -> None:
    assert texts(reviewed(entry)) == []
