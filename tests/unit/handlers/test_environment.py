"""Environment variables of the functions."""

from dataclasses import FrozenInstanceError

import pytest

from handlers.common.environment import LoggingEnvironment, load
from handlers.files.environment import Environment as FilesEnvironment
from handlers.files.environment import RestEnvironment, TextEnvironment
from handlers.records.environment import Environment as RecordsEnvironment
from handlers.tasks.environment import ChangeEnvironment, CreateEnvironment, Environment, ReadEnvironment
from handlers.uploads.environment import Environment as UploadsEnvironment

REQUIRED = {"DYNAMODB_TABLE": "sessions", "REGION": "us-east-1"}
FILES = {"BUCKET_NAME": "documents", "TABLE_NAME": "files"}


def test_defaults() -> None:
    environment = load(Environment, {**REQUIRED, "PATH": "/bin"})
    assert environment == Environment(
        dynamodb_table="sessions",
        region="us-east-1",
        log_level="INFO",
        debug_enabled=False,
        cors_origins=("*",),
    )
    with pytest.raises(FrozenInstanceError):
        environment.region = "x"  # type: ignore[misc]


def test_all_variables_are_read() -> None:
    values = {**REQUIRED, "LOG_LEVEL": "ERROR", "DEBUG_ENABLED": "true", "REQUIRE_IF_MATCH": "true"}
    environment = load(ChangeEnvironment, {**values, "CORS_ORIGINS": "https://a.example,http://localhost:80"})
    assert (environment.log_level, environment.debug_enabled, environment.require_if_match) == (
        "ERROR",
        True,
        True,
    )
    assert environment.cors_origins == ("https://a.example", "http://localhost:80")
    assert load(ChangeEnvironment, {**values, "CORS_ORIGINS": "none"}).cors_origins == ()


@pytest.mark.parametrize(
    ("debug", "level", "expected"),
    [("false", "WARNING", "WARNING"), ("true", "WARNING", "DEBUG"), ("false", "INFO", "INFO")],
)
def test_debug_setting_overrides_the_log_level(debug: str, level: str, expected: str) -> None:
    environment = load(Environment, {**REQUIRED, "DEBUG_ENABLED": debug, "LOG_LEVEL": level})
    assert environment.level == expected


@pytest.mark.parametrize("model", [Environment, ReadEnvironment, CreateEnvironment, ChangeEnvironment])
def test_missing_variables_are_named(model: type[Environment]) -> None:
    with pytest.raises(ValueError, match=r"DYNAMODB_TABLE: Required.*REGION: Required"):
        load(model, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DYNAMODB_TABLE", ""),
        ("REGION", " "),
        ("LOG_LEVEL", "info"),
        ("DEBUG_ENABLED", "yes"),
        ("CORS_ORIGINS", ""),
        ("CORS_ORIGINS", "a.example"),
        ("CORS_ORIGINS", "https://a.example, https://b.example"),
        ("CORS_ORIGINS", "https://a.example/"),
    ],
)
def test_invalid_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"invalid environment: {name}: "):
        load(Environment, {**REQUIRED, name: value})


@pytest.mark.parametrize(
    ("model", "values", "service"),
    [
        (Environment, REQUIRED, "tasks"),
        (RecordsEnvironment, {"DYNAMODB_TABLE_NAME": "records"}, "records"),
        (UploadsEnvironment, {"SECRET_ARN": "arn", "BUCKET_NAME": "files"}, "uploads"),
        (FilesEnvironment, FILES, "files"),
        (RestEnvironment, FILES, "files"),
        (TextEnvironment, FILES, "files"),
    ],
)
def test_workload_has_its_own_variables_and_logger_name(
    model: type[LoggingEnvironment], values: dict[str, str], service: str
) -> None:
    environment = load(model, values)
    assert (environment.level, environment.logger().service) == ("INFO", service)
    assert load(model, {**values, "LOG_LEVEL": "ERROR"}).level == "ERROR"
    for name in values:
        with pytest.raises(ValueError, match=f"invalid environment: {name}: Required"):
            load(model, {other: value for other, value in values.items() if other != name})


def test_environment_of_the_process_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMODB_TABLE_NAME", "records")
    assert load(RecordsEnvironment).dynamodb_table_name == "records"


def test_summary_model_is_optional() -> None:
    assert load(TextEnvironment, FILES).summary_model == ""
    assert load(TextEnvironment, {**FILES, "SUMMARY_MODEL": ""}).summary_model == ""
    assert (
        load(TextEnvironment, {**FILES, "SUMMARY_MODEL": "arn:aws:bedrock"}).summary_model
        == "arn:aws:bedrock"
    )
