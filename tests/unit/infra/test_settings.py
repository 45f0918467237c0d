import os
import re
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.settings import settings_from
from infra import settings
from infra.settings import SettingsError
from tests.project_files import ROOT


def _error(**variables: str) -> str:
    with patch.dict(os.environ, variables, clear=True), pytest.raises(SettingsError) as error:
        settings.load()
    return str(error.value)


@pytest.fixture(autouse=True)
def _no_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_in_the_requirements() -> None:
    defaults = settings_from()
    assert (defaults.aws_region, defaults.environment, defaults.environment_suffix, defaults.project) == (
        "us-east-1",
        "dev",
        "main",
        "trainr963",
    )
    assert (defaults.repository, defaults.commit_author) == ("unknown", "unknown")
    assert (defaults.architecture, defaults.workloads) == (
        "arm64",
        ("tasks", "records", "uploads", "requests", "files"),
    )
    assert defaults.tasks.auth == "api_key"
    assert (defaults.tasks.get.memory_mb, defaults.tasks.get.timeout_seconds) == (256, 10)


def test_the_environment_overrides_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PROJECT=from-file\nOWNER=file\n")
    with patch.dict(os.environ, {"OWNER": "shell"}, clear=True):
        loaded = settings.load()
    assert (loaded.project, loaded.owner) == ("from-file", "shell")


def test_an_empty_variable_means_the_default() -> None:
    assert settings_from(PROJECT="").project == "trainr963"


def test_repository_and_author_are_converted_to_tag_values() -> None:
    converted = settings_from(REPOSITORY="acme/shop/infra", COMMIT_AUTHOR='Zoë "Z" Ångström')
    assert (converted.repository, converted.commit_author) == ("acme-shop-infra", "Zoë Z Ångström")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings_from().project = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("AWS_REGION", "mars", "a region of the partition"),
        ("ENVIRONMENT", "prd", "'dev', 'test', 'stage', 'prod' or 'production'"),
        ("ENVIRONMENT_SUFFIX", "Main", "lower-case"),
        ("PROJECT", "a" * 33, "1 to 32"),
        ("OWNER", "o'neill", "letters, digits"),
        ("COMMIT_AUTHOR", "a" * 257, "1 to 256"),
        ("WORKLOADS", "tasks,nothing", "'tasks'"),
        ("VPC_CIDR", "10.0.0.0/20", "/16 of"),
        ("VPC_CIDR", "8.8.0.0/16", "10.0.0.0/8"),
        ("VPC_CIDR", "127.0.0.0/16", "10.0.0.0/8"),
        ("AWS_REGION", "cn-north-1", "the partition aws"),
        ("NAME_PATTERN", "{project", "invalid pattern"),
        ("NAME_PATTERN", "{nothing}-{name}", "use the fields {project}"),
        ("NAME_PATTERN", "{name:d}", "use the fields {project}"),
        ("VPC_CIDR", "10.0.0.1/16", "IPv4 network"),
        ("ZONES", "a", "at least 2"),
        ("ZONES", "a,a", "once"),
        ("ZONES", "a,z", "letters of zones"),
        ("NAT_GATEWAYS", "two", "'one' or 'per_zone'"),
        ("INTERFACE_ENDPOINTS", "ec2", "'ssm'"),
        ("ARCHITECTURE", "riscv", "'arm64' or 'x86_64'"),
        ("LOG_LEVEL", "LOUD", "'DEBUG'"),
        ("CORS_ORIGINS", "example.com", "scheme://host"),
        ("CORS_ORIGINS", "https://example.com/", "scheme://host"),
        ("CORS_ORIGINS", "*,https://example.com", "every origin"),
        ("ALARM_EMAIL", "ops", "an e-mail address"),
        ("STATE_BUCKET", "Upper", "inner hyphens"),
        ("STATE_BUCKET", "192.168.0.1", "inner hyphens"),
        ("TASKS_AUTH", "basic", "'api_key', 'iam' or 'none'"),
        ("TASKS_GET_MEMORY_MB", "64", "greater than or equal to 128"),
        ("TASKS_POST_TIMEOUT_SECONDS", "30", "less than or equal to 29"),
        ("TASKS_LOG_RETENTION_DAYS", "31", "use one of 1, 3, 5"),
        ("TASKS_PUT_LOG_RETENTION_DAYS", "0", "use one of 1, 3, 5"),
        ("UPLOADS_PROCESSOR_TIMEOUT_SECONDS", "30", "the duration alarm"),
        ("RECORDS_MAX_CAPACITY", "4", "below the capacity 5"),
        ("REQUESTS_AUTH", "api_key", "'iam' or 'none'"),
        ("REQUESTS_STATE_MACHINE_TYPE", "express", "'STANDARD' or 'EXPRESS'"),
        ("REQUESTS_RECEIVE_TIMEOUT_SECONDS", "30", "less than or equal to 29"),
        ("REQUESTS_COMPLETE_TIMEOUT_SECONDS", "9", "greater than or equal to 10"),
        ("FILES_DOCUMENT_MEMORY_MB", "1024", "greater than or equal to 1536"),
        ("FILES_IMAGE_TIMEOUT_SECONDS", "60", "greater than or equal to 120"),
        (
            "FILES_SUMMARY_MODELS",
            "arn:aws:bedrock:us-west-2::foundation-model/a.b",
            "the first model in us-east-1",
        ),
        ("FILES_CLIENTS", "Shop", "lower-case"),
        ("FILES_CLIENTS", "none", "at least 1 item"),
        ("FILES_CLIENTS", "shop,shop", "once"),
        ("FILES_SUMMARY_MODELS", "anthropic.claude", "the ARN of a foundation model"),
        ("FILES_SUMMARY_MODELS", "arn:aws:bedrock:us-east-1::foundation-model/*", "the ARN of"),
        ("FILES_IMAGE_RESERVED_CONCURRENCY", "-1", "greater than or equal to 0"),
        ("TASKS_TYPO", "1", "not permitted"),
        ("TASKS_GET_TYPO", "1", "not permitted"),
    ],
)
def test_an_error_contains_the_variable_the_value_and_the_allowed_values(
    variable: str, value: str, allowed: str
) -> None:
    message = _error(**{variable: value})
    assert message.startswith(f"{variable}: ")
    assert value.rpartition(",")[2] in message
    assert "is not allowed: " in message
    assert allowed in message
    assert "\n" not in message


def test_the_variable_of_the_package_requests_is_ignored() -> None:
    assert settings_from(REQUESTS_CA_BUNDLE="/ca.pem").requests == settings_from().requests


def test_summary_models_are_arns_of_bedrock() -> None:
    model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"
    profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5"
    any_region = "arn:aws:bedrock:::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"
    models = (profile, model, any_region)
    assert settings_from(FILES_SUMMARY_MODELS=",".join(models)).files.summary_models == models
    assert settings_from().files.summary_models == ()


@pytest.mark.parametrize(
    ("variables", "reserved"),
    [
        ({}, (None, None)),
        ({"FILES_IMAGE_RESERVED_CONCURRENCY": "3"}, (3, None)),
        ({"ENVIRONMENT": "stage"}, (None, None)),
        ({"ENVIRONMENT": "prod"}, (10, 5)),
        ({"ENVIRONMENT": "production"}, (10, 5)),
        ({"ENVIRONMENT": "prod", "FILES_IMAGE_RESERVED_CONCURRENCY": "3"}, (3, 5)),
        ({"ENVIRONMENT": "prod", "FILES_IMAGE_RESERVED_CONCURRENCY": "none"}, (None, 5)),
    ],
    ids=lambda value: ",".join(value.values()) if isinstance(value, dict) else str(value),
)
def test_concurrency_is_reserved_in_production(
    variables: dict[str, str], reserved: tuple[int | None, int | None]
) -> None:
    files = settings_from(**variables).files
    assert (files.image.reserved_concurrency, files.document.reserved_concurrency) == reserved
    assert files.image.memory_mb == 1024


def test_the_name_of_a_workload_is_not_a_variable() -> None:
    assert "TASKS" in _error(TASKS="on").upper()


def test_every_invalid_setting_has_a_line() -> None:
    assert len(_error(ENVIRONMENT="x", PROJECT="-", TASKS_GET_MEMORY_MB="no").splitlines()) == 3


@pytest.mark.parametrize("environment", ["stage", "prod", "production"])
def test_open_apis_are_rejected_outside_dev_and_test(environment: str) -> None:
    assert _error(ENVIRONMENT=environment, TASKS_AUTH="none").startswith(
        "TASKS_AUTH: 'none' is not allowed in"
    )
    assert settings_from(ENVIRONMENT="test", TASKS_AUTH="none").tasks.auth == "none"
    assert _error(ENVIRONMENT=environment, REQUESTS_AUTH="none").startswith("REQUESTS_AUTH: 'none' is not")
    assert settings_from(ENVIRONMENT="test", REQUESTS_AUTH="none").requests.auth == "none"


@pytest.mark.parametrize("environment", ["stage", "prod", "production"])
@pytest.mark.parametrize(
    ("variable", "value", "exception"),
    [("CORS_ORIGINS", "*", "any_origin"), ("LOG_LEVEL", "DEBUG", "debug_logs")],
)
def test_defaults_of_development_need_an_exception_in_protected_environments(
    environment: str, variable: str, value: str, exception: str
) -> None:
    message = _error(ENVIRONMENT=environment, **{variable: value})
    assert message.startswith(f"{variable}: {value!r} is not allowed in {environment}; ")
    assert message.endswith(f"or set ALLOW_WHEN_PROTECTED={exception} too")
    settings_from(ENVIRONMENT=environment, ALLOW_WHEN_PROTECTED=exception, **{variable: value})
    settings_from(ENVIRONMENT="test", **{variable: value})


def test_no_origin_is_allowed_by_default_in_protected_environments() -> None:
    assert (settings_from().cors_origins, settings_from(ENVIRONMENT="test").cors_origins) == (("*",), ("*",))
    assert settings_from(ENVIRONMENT="stage").cors_origins == ()
    listed = settings_from(ENVIRONMENT="stage", CORS_ORIGINS="https://example.com")
    assert (listed.cors_origins, listed.cors_origins_variable) == (
        ("https://example.com",),
        "https://example.com",
    )


def test_the_hardened_example_is_allowed() -> None:
    (example,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/settings.md").read_text(), re.DOTALL)
    hardened = settings_from(**dict(line.split("=") for line in example.splitlines()))
    assert (hardened.protected, hardened.http_egress) == (True, "closed")


@pytest.mark.parametrize(
    ("environment", "protection", "protected"),
    [("dev", "on", False), ("test", "on", False), ("prod", "on", True), ("prod", "lifted", False)],
)
def test_protection(environment: str, protection: str, protected: bool) -> None:
    assert settings_from(ENVIRONMENT=environment, PROTECTION=protection).protected is protected


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_author_is_accepted_or_rejected_by_name(author: str) -> None:
    with patch.dict(os.environ, {"COMMIT_AUTHOR": author}, clear=True):
        try:
            tag = settings.load().commit_author
        except SettingsError as error:
            tag = str(error).removeprefix("COMMIT_AUTHOR: ")
            assert "is not allowed: tag values have" in tag
        else:
            assert 1 <= len(tag) <= 256
            assert '"' not in tag
