"""The workload uploads (U1 to U7), and its secret (P13)."""

import json
import string

from tests.grants import statements
from tests.synthesis import Synthesize
from tests.template import Template, construct_path

EXCLUDED = set("%+~`#$&*()\\|[]{}:;<>?!'/\"")


def test_bucket(stack: Template, production: Template) -> None:
    bucket = stack.resource("aws_s3_bucket", "uploads/files/bucket")
    assert bucket["bucket"].startswith("trainr963-main-s3-files-dev-${data.aws_caller_identity.")
    assert bucket["force_destroy"] is True
    assert production.resource("aws_s3_bucket", "uploads/files/bucket")["force_destroy"] is False
    (rule,) = stack.resource(
        "aws_s3_bucket_server_side_encryption_configuration", "uploads/files/encryption"
    )["rule"]
    assert rule["apply_server_side_encryption_by_default"]["sse_algorithm"] == "aws:kms"
    assert rule["bucket_key_enabled"] is True


def test_failed_events_are_retried_and_then_kept(stack: Template) -> None:
    function = stack.resource("aws_lambda_function", "uploads/processor/function")
    assert (function["memory_size"], function["timeout"]) == (256, 60)
    assert {"SECRET_ARN", "BUCKET_NAME"} <= set(function["environment"]["variables"])
    assert "uploads_dead-letters" in function["dead_letter_config"]["target_arn"]
    retries = stack.resource("aws_lambda_function_event_invoke_config", "uploads/processor/async")
    assert retries["maximum_retry_attempts"] == 2
    group = stack.resource("aws_cloudwatch_log_group", "uploads/processor/logs/group")
    assert group["retention_in_days"] == 7


def test_every_function_that_a_bucket_invokes_has_dead_letters(stack: Template) -> None:
    notifications = json.dumps(
        [
            attributes["lambda_function"]
            for attributes in stack.resources("aws_s3_bucket_notification").values()
        ]
    )
    for address, function in stack.resources("aws_lambda_function").items():
        assert ("dead_letter_config" in function) is (f"{address}." in notifications)


def test_bucket_invokes_the_function_for_its_prefix_after_its_permission(stack: Template) -> None:
    notification = stack.resource("aws_s3_bucket_notification", "uploads/events/notification")
    (rule,) = notification["lambda_function"]
    assert (rule["events"], rule["filter_prefix"]) == (["s3:ObjectCreated:*"], "uploads/")
    permission = stack.resource("aws_lambda_permission", "uploads/events/permission-processor")
    assert permission["principal"] == "s3.amazonaws.com"
    assert "account_id" in permission["source_account"]
    assert "aws_s3_bucket.uploads_files" in permission["source_arn"]
    assert [address for address in notification["depends_on"] if address.startswith("aws_lambda_permission.")]


def test_password_is_generated_by_secrets_manager_and_write_only(stack: Template) -> None:
    ((name, password),) = stack.document["ephemeral"]["aws_secretsmanager_random_password"].items()
    assert (password["password_length"], password["include_space"]) == (32, False)
    assert set(password["exclude_characters"]) == EXCLUDED
    assert set(string.punctuation) - EXCLUDED == set(",-.=@^_")
    version = stack.resource("aws_secretsmanager_secret_version", "uploads/secret/version")
    assert json.loads(version["secret_string_wo"]) == {
        "username": "admin",
        "password": f"${{ephemeral.aws_secretsmanager_random_password.{name}.random_password}}",
    }
    assert version["secret_string_wo_version"] == 1
    assert "secret_string" not in version
    stack.assert_every(
        "aws_secretsmanager_secret", lambda attributes: "platform_key" in attributes["kms_key_id"]
    )


def test_secret_is_protected_like_data(stack: Template, production: Template, synthesize: Synthesize) -> None:
    production.assert_every("aws_secretsmanager_secret", {"lifecycle": {"prevent_destroy": True}})
    stack.assert_every("aws_secretsmanager_secret", {"recovery_window_in_days": 0})
    lifted = synthesize(ENVIRONMENT="production", PROTECTION="lifted")
    lifted.assert_every("aws_secretsmanager_secret", {"recovery_window_in_days": 30})
    disabled = synthesize(ENVIRONMENT="production", WORKLOADS="tasks")
    assert "ephemeral" not in disabled.document


def test_role(stack: Template) -> None:
    """Only this test verifies the conditions for KMS: MiniStack requires no kms:Decrypt, and AWS does."""
    objects, objects_key, secret, secret_key, metrics = statements(stack, "uploads/processor")
    assert objects["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert objects["Resource"][0].endswith(".arn}/uploads/*")
    assert objects_key["Action"] == ["kms:Decrypt"]
    assert objects_key["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    (context,) = objects_key["Condition"]["StringLike"].values()
    assert {*objects_key["Condition"]["StringLike"]} == {"kms:EncryptionContext:aws:s3:arn"}
    assert [arn.endswith("/*") for arn in context] == [False, True]

    assert secret["Action"] == ["secretsmanager:GetSecretValue"]
    assert secret_key["Action"] == ["kms:Decrypt"]
    conditions = secret_key["Condition"]["StringEquals"]
    assert conditions["kms:ViaService"] == "secretsmanager.us-east-1.amazonaws.com"
    assert conditions["kms:EncryptionContext:SecretARN"] in secret["Resource"]

    assert metrics["Action"] == ["cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "ServerlessApp/Lambda"}}


def test_alarms(stack: Template) -> None:
    """Only this test notices a misspelled metric, whose alarm never triggers (U6, P11)."""
    names = ("namespace", "metric_name", "statistic", "threshold", "evaluation_periods", "period")
    alarms = {
        construct_path(attributes).removeprefix("uploads/uploads-processor-"): (
            *(attributes[name] for name in names),
            *attributes["dimensions"],
        )
        for attributes in stack.resources("aws_cloudwatch_metric_alarm").values()
        if construct_path(attributes).startswith("uploads/")
    }
    waiting = "ApproximateNumberOfMessagesVisible"
    assert alarms == {
        "errors": ("AWS/Lambda", "Errors", "Sum", 1, 1, 300, "FunctionName"),
        "duration": ("AWS/Lambda", "Duration", "Average", 30_000, 2, 300, "FunctionName"),
        "dead-letters": ("AWS/SQS", waiting, "Maximum", 1, 1, 300, "QueueName"),
    }


def test_every_queue_is_encrypted_keeps_messages_14_days_and_denies_plain_http(stack: Template) -> None:
    stack.assert_every(
        "aws_sqs_queue", {"sqs_managed_sse_enabled": True, "message_retention_seconds": 1209600}
    )
    stack.assert_every_is_named("aws_sqs_queue", "aws_sqs_queue_policy", "queue_url")
    for attributes in stack.resources("aws_sqs_queue_policy").values():
        (statement,) = json.loads(attributes["policy"])["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_outputs(stack: Template) -> None:
    names = {name for name in stack.document["output"] if name.startswith("uploads-")}
    assert names == {
        "uploads-bucket-name",
        "uploads-function-arn",
        "uploads-secret-arn",
        "uploads-dead-letters-url",
    }
