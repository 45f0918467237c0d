"""Redaction of values that are marked as sensitive or look like secrets."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.change import JSON
from review.markdown import markdown
from review.redact import HIDDEN, MAX_TEXT_LENGTH, Redactor, embedded_secrets, is_secret_location
from review.report import Report, as_json
from tests.unit.review.builders import compared, only_change, plan, resource, reviewed, updated

AWS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY"
SECRETS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=8, max_size=20
).map(lambda text: f"Q7{text}7Q")


def shown(report: Report) -> str:
    """Return a report in every output format."""
    return markdown(report) + json.dumps(as_json(report), ensure_ascii=False) + json.dumps(as_json(report))


def assert_hidden(secret: str, report: Report) -> None:
    text = shown(report)
    for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        assert form not in text


PLACES: dict[str, Any] = {
    "deep": lambda secret: ({"a": [{"b": {"c": secret}}]}, {"a": [{"b": {"c": True}}]}),
    "block": lambda secret: ({"a": [{"b": secret}]}, {"a": True}),
    "top": lambda secret: ({"a": secret}, {"a": True}),
}


@given(SECRETS, st.sampled_from(sorted(PLACES)), st.sampled_from(["before", "after"]))
def test_marked_string_is_hidden_everywhere(secret: str, place: str, side: str) -> None:
    values, marks = PLACES[place](secret)
    other = {"a": "something else"}
    before, after = (values, other) if side == "before" else (other, values)
    marked = updated("aws_x.marked", before, after, **{f"{side}_sensitive": marks})
    elsewhere: dict[str, JSON] = {
        "plain": secret,
        "middle": f"before {secret} after",
        "in_json": json.dumps({"x": [secret]}),
        "in_json_in_json": json.dumps({"x": json.dumps({"y": secret})}),
        "source_hash": secret,
        "policy": json.dumps(
            {"Statement": [{"Effect": "Allow", "Action": secret, "Resource": f"arn:{secret}"}]}
        ),
        "tags": {secret: "key", "value": secret},
        "numbered": [1, secret],
    }
    entries = [
        marked,
        updated("aws_x.same", {}, elsewhere),
        updated("aws_x.tagged", {"tags": {}}, {"tags": {secret: secret}}),
        resource(
            f"aws_dynamodb_table.t[{json.dumps(secret)}]",
            "replace",
            {"hash_key": secret},
            {},
            replace_paths=[["hash_key"]],
        ),
        resource("aws_lambda_permission.p", "create", None, {"principal": "*", "action": secret}),
        updated(
            "aws_vpc_security_group_ingress_rule.s", {}, {"cidr_ipv4": "0.0.0.0/0", "description": secret}
        ),
    ]
    outputs = {"o": {"actions": ["update"], "before": secret, "after": [secret]}}
    assert_hidden(secret, reviewed(*entries, output_changes=outputs, resource_drift=[entries[1]]))


@pytest.mark.parametrize("side", ["before", "after"])
def test_marked_output_is_hidden_everywhere(side: str) -> None:
    change = {"actions": ["update"], side: {"a": ["plain-words"]}, f"{side}_sensitive": True}
    report = reviewed(updated("aws_x.a", {}, {"b": "plain-words"}), output_changes={"o": change})
    assert_hidden("plain-words", report)
    assert "`(sensitive)` → `(sensitive)`" in markdown(report)


def test_marked_state_value_is_hidden_everywhere() -> None:
    known = [{"address": "aws_x.a", "values": {"p": "plain-words"}, "sensitive_values": {"p": True}}]
    report = reviewed(
        updated("aws_x.b", {}, {"c": "plain-words"}),
        prior_state={"values": {"root_module": {"resources": known}}},
    )
    assert_hidden("plain-words", report)


def test_marked_number_is_hidden() -> None:
    report = reviewed(
        updated("aws_x.a", {}, {"pin": 4417123, "again": 4417123}, after_sensitive={"pin": True})
    )
    assert "4417123" not in shown(report)


def test_password_in_marked_json_is_hidden_everywhere() -> None:
    text = json.dumps({"username": "admin", "password": "plain-words"})
    report = reviewed(
        updated("aws_x.a", {}, {"s": text, "other": "plain-words"}, after_sensitive={"s": True})
    )
    assert_hidden("plain-words", report)
    assert list(embedded_secrets(text)) == ["plain-words"]


def test_parts_of_a_marked_policy_are_hidden() -> None:
    """The policy is marked as a whole; its parts, such as an external id, have to be hidden too."""
    condition = {"StringEquals": {"sts:ExternalId": "plain-words"}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}
    text = json.dumps({"Statement": [statement]})
    report = reviewed(
        updated(
            "aws_iam_role.r", {}, {"assume_role_policy": text}, after_sensitive={"assume_role_policy": True}
        )
    )
    assert report.needs_human
    assert "plain-words" not in shown(report)


@pytest.mark.parametrize(
    ("resource_type", "attributes"),
    [
        ("aws_lambda_function", {"environment": [{"variables": {"PLAIN": "%s"}}]}),
        (
            "aws_codebuild_project",
            {"environment": [{"environment_variable": [{"name": "A", "value": "%s"}]}]},
        ),
        (
            "aws_ecs_task_definition",
            {"container_definitions": '[{"environment": [{"name": "A", "value": "%s"}]}]'},
        ),
        ("aws_apprunner_service", {"image_configuration": [{"runtime_environment_variables": {"A": "%s"}}]}),
        ("aws_ssm_parameter", {"value": "%s"}),
        ("aws_ssm_parameter", {"insecure_value": "%s"}),
        ("aws_instance", {"user_data": "%s"}),
        ("aws_cloudformation_stack", {"parameters": {"A": "%s"}}),
        ("aws_cloudfront_distribution", {"origin": [{"custom_header": [{"name": "A", "value": "%s"}]}]}),
        (
            "aws_api_gateway_integration",
            {"request_parameters": {"integration.request.header.x-api-key": "%s"}},
        ),
        (
            "aws_api_gateway_integration",
            {"request_parameters": {"integration.request.header.Authorization": "%s"}},
        ),
        ("aws_x", {"db_password": "%s"}),
        ("aws_x", {"settings": '{"db": {"password": "%s"}}'}),
        ("aws_x", {"settings": '{"inner": "{\\"password\\": \\"%s\\"}"}'}),
        ("aws_x", {"settings": '[{"name": "DB_PASSWORD", "value": "%s"}]'}),
    ],
)
def test_values_in_secret_locations_are_hidden(resource_type: str, attributes: dict[str, Any]) -> None:
    secret = "plain-words"
    filled = json.loads(json.dumps(attributes).replace("%s", secret))
    for report in (
        reviewed(updated(f"{resource_type}.a", {}, filled)),
        reviewed(updated(f"{resource_type}.a", filled, {})),
        reviewed(resource_drift=[updated(f"{resource_type}.a", {}, filled)]),
        compared({"resource": {resource_type: {"a": {}}}}, {"resource": {resource_type: {"a": filled}}}),
    ):
        assert secret not in shown(report)


def test_secret_of_an_environment_is_hidden_everywhere() -> None:
    before = {"environment": [{"variables": {"DB_PASSWORD": "plain-words"}}]}
    report = reviewed(
        updated("aws_lambda_function.f", before, {}), updated("aws_x.a", {}, {"d": "is plain-words"})
    )
    assert_hidden("plain-words", report)


@pytest.mark.parametrize(
    "token",
    [
        AWS_KEY,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "xoxb-" + "123456789012-1234567890123-a1b2c3d4e5f6g7h8i9j0k1l2",
        "postgres://user:" + "plainwords@host/db",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    ],
)
def test_token_formats_are_hidden(token: str) -> None:
    value = Redactor().value("aws_x", ("description",), f"use {token} here")
    assert HIDDEN in value
    assert token not in value
    assert "plainwords" not in value


@pytest.mark.parametrize(
    "plain",
    [
        "arn:aws:dynamodb:us-east-1:123456789012:table/trainr963-main-dynamodb-sessions-dev",
        "trainr963-main-lambda-get-handler-dev",
        "https://4eb8cbfd.execute-api.us-east-1.amazonaws.com/dev",
        "10.0.0.0/16",
        "python3.13",
    ],
)
def test_ordinary_names_are_shown(plain: str) -> None:
    assert Redactor().value("aws_x", ("name",), plain) == plain


@pytest.mark.parametrize(
    "name", ["secret_arn", "secret_name", "kms_key_id", "hash_key", "token_validity", "key"]
)
def test_harmless_attribute_names_are_not_secret(name: str) -> None:
    assert not is_secret_location("aws_x", (name,))


def test_short_numbers_are_shown_in_secret_locations() -> None:
    assert Redactor().value("aws_x", ("password_length",), 32) == "32"
    assert Redactor().value("aws_x", ("password",), 12345678) == HIDDEN


def test_short_secrets_are_hidden_in_place_only() -> None:
    report = reviewed(updated("aws_x.a", {}, {"s": "true", "b": "true"}, after_sensitive={"s": True}))
    assert markdown(report).count("true") == 1
    assert [difference.sensitive for difference in only_change(report).differences] == [False, True]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "none"),
        ("", "none"),
        ([], "none"),
        (False, "false"),
        ('{"Statement": [{"Effect": "Allow", "Action": "a"}]}', "1 statement"),
        ("{broken", "{broken"),
    ],
)
def test_values_are_shown_briefly(value: JSON, expected: str) -> None:
    assert Redactor().value("aws_x", ("a",), value) == expected


def test_digest_is_truncated() -> None:
    assert Redactor().value("aws_x", ("source_code_hash",), "2KqCbnajZlSLdwcs") == "2KqCbnaj…"


def test_long_text_is_redacted_before_it_is_truncated() -> None:
    secret = "plain words " * 2_000
    redactor = Redactor([secret])
    assert redactor.text(secret + "tail") == HIDDEN + "tail"
    assert len(redactor.text("a b " * 300_000)) == MAX_TEXT_LENGTH


def test_secret_across_the_truncation_is_hidden() -> None:
    filler = "ab " * ((MAX_TEXT_LENGTH - 12) // 3)
    assert AWS_KEY[:10] not in Redactor().text(filler + AWS_KEY)


def test_sensitive_public_network_is_found_and_hidden() -> None:
    rule = {"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 22, "ip_protocol": "tcp"}
    report = reviewed(
        updated("aws_vpc_security_group_ingress_rule.a", {}, rule, after_sensitive={"cidr_ipv4": True})
    )
    assert report.needs_human
    assert "0.0.0.0" not in shown(report)  # noqa: S104 - a network


def test_plan_secrets_are_the_marked_strings() -> None:
    marked = updated("aws_x.a", {"a": "one-one"}, {"a": "two-two", "b": True}, before_sensitive={"a": True})
    assert plan(marked).secrets == {"one-one"}
