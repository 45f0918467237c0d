from typing import Any

import pytest

from review.findings.protection import DANGERS, GUARDS, SHIELDS
from tests.unit.review.builders import compared, created, deleted, one, resource, reviewed, texts, updated

JSON = dict[str, Any]


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_each_guard_is_missed_when_it_goes(name: str) -> None:
    for before, after in (
        ({name: True}, {name: False}),
        ({name: True}, {}),
        ({name: [{"enabled": True}]}, {name: [{"enabled": False}]}),
        ({name: [{"enabled": True}]}, {name: []}),
    ):
        assert f"loses {GUARDS[name]}" in one(reviewed(updated("aws_x.a", before, after))).text
        assert texts(reviewed(updated("aws_x.a", after, before))) == []


@pytest.mark.parametrize("name", sorted(DANGERS))
def test_each_danger_is_said_when_it_comes(name: str) -> None:
    assert one(reviewed(updated("aws_x.a", {}, {name: True}))).needs_human
    assert texts(reviewed(updated("aws_x.a", {name: True}, {}))) == []


@pytest.mark.parametrize(
    ("kind", "before", "after", "said"),
    [
        (
            "aws_cloudwatch_log_group",
            {"kms_key_id": "arn:k"},
            {},
            "is no longer encrypted by its key: `kms_key_id`",
        ),
        (
            "aws_sns_topic",
            {"kms_master_key_id": "arn:k"},
            {"kms_master_key_id": "alias/aws/sns"},
            "by its key",
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
            "less",
        ),
        ("aws_s3_bucket_x", {"sse_algorithm": "aws:kms:dsse"}, {"sse_algorithm": "aws:kms"}, "less"),
        (
            "aws_s3_object",
            {"server_side_encryption": "aws:kms"},
            {"server_side_encryption": "AES256"},
            "less",
        ),
        (
            "aws_ssm_parameter",
            {"type": "SecureString"},
            {"type": "String"},
            "less: `type` `SecureString` → `String`",
        ),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
            "protects or records less: `versioning_configuration.status` `Enabled` → `Suspended`",
        ),
        ("aws_kinesis_stream", {"encryption_type": "KMS"}, {"encryption_type": "NONE"}, "less"),
        ("aws_lb_listener", {"protocol": "HTTPS"}, {"protocol": "HTTP"}, "less"),
        (
            "aws_lambda_function",
            {"tracing_config": [{"mode": "Active"}]},
            {"tracing_config": [{"mode": "PassThrough"}]},
            "less",
        ),
        (
            "aws_sfn_state_machine",
            {"logging_configuration": [{"level": "ALL"}]},
            {"logging_configuration": [{"level": "OFF"}]},
            "less",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 30},
            {"retention_in_days": 7},
            "`30` → `7` days of logs",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 0},
            {"retention_in_days": 7},
            "days of logs: older",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": None},
            {"retention_in_days": 7},
            "`none` → `7` days",
        ),
        (
            "aws_secretsmanager_secret",
            {"recovery_window_in_days": 30},
            {"recovery_window_in_days": 0},
            "called off",
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
            "ends objects that are kept now: `rule.expiration.days` `365` → `1`",
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"id": "a"}]},
            {"rule": [{"id": "a", "noncurrent_version_expiration": [{"noncurrent_days": 1}]}]},
            "ends objects that are kept now",
        ),
        (
            "aws_api_gateway_stage",
            {"access_log_settings": [{"destination_arn": "a", "format": "b"}]},
            {},
            "no longer recorded",
        ),
    ],
)
def test_what_protects_less_is_said(kind: str, before: JSON, after: JSON, said: str) -> None:
    finding = one(reviewed(updated(f"{kind}.a", before, after)))
    assert said in finding.text
    assert finding.needs_human
    backwards = texts(reviewed(updated(f"{kind}.a", after, before)))
    assert backwards == []


@pytest.mark.parametrize(
    ("kind", "before", "after"),
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
def test_what_protects_no_less_is_not(kind: str, before: JSON, after: JSON) -> None:
    assert texts(reviewed(updated(f"{kind}.a", before, after))) == []


def test_what_is_not_known_yet_is_not_said_to_be_gone() -> None:
    entry = updated(
        "aws_sns_topic.a", {"kms_master_key_id": "arn:a"}, {}, after_unknown={"kms_master_key_id": True}
    )
    assert texts(reviewed(entry)) == []


@pytest.mark.parametrize("kind", sorted(SHIELDS))
def test_each_shield_is_missed(kind: str) -> None:
    finding = one(reviewed(deleted(f"{kind}.a", id="a")))
    assert finding.text == f"is destroyed, and takes away {SHIELDS[kind]}"
    assert finding.needs_human == (kind != "aws_cloudwatch_metric_alarm")


def test_a_shield_goes_with_what_it_is_for() -> None:
    alarm = deleted("aws_cloudwatch_metric_alarm.a", dimensions={"FunctionName": "f"})
    assert texts(reviewed(alarm, deleted("aws_lambda_function.f", function_name="f"))) == []


def test_prevent_destroy_is_missed_in_synths() -> None:
    def stack(lifecycle: object) -> JSON:
        return {"resource": {"aws_s3_bucket": {"b": {"bucket": "b", "lifecycle": lifecycle}}}}

    for form in ({"prevent_destroy": True}, [{"prevent_destroy": True}]):
        assert "`prevent_destroy`" in one(compared(stack(form), stack({}))).text
        assert texts(compared(stack({}), stack(form))) == []


def test_a_secret_in_the_clear_is_said_by_its_place() -> None:
    entry = created("aws_lambda_function.f", environment=[{"variables": {"DB_PASSWORD": "plain-words"}}])
    assert (
        one(reviewed(entry)).text
        == "has what looks like a secret in the clear: `environment.variables.DB_PASSWORD`"
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
def test_what_is_hidden_or_old_or_elsewhere_is_not(entry: JSON) -> None:
    assert texts(reviewed(entry)) == []
