"""What can be set, read once from the environment and ``.env`` (requirement P3).

This is the only module of ``infra`` that reads the environment. Everything is validated here, including
what AWS would refuse minutes into an apply, so that a wrong value costs a second and names itself.
"""

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from infra.values import (
    BucketName,
    Commas,
    Email,
    LogRetentionDays,
    NamePattern,
    Origin,
    Part,
    Region,
    Tag,
    VpcCidr,
    Zone,
)

Environment = Literal["dev", "test", "stage", "prod", "production"]
Auth = Literal["api_key", "iam", "none"]
Workload = Literal["tasks", "records", "uploads"]
InterfaceEndpoint = Literal[
    "ssm", "secretsmanager", "kms", "logs", "states", "sqs", "monitoring", "bedrock-runtime"
]

UNPROTECTED_ENVIRONMENTS = ("dev", "test")
"""Where everything may be destroyed in one go (P12) and an API may be open (T6)."""

SLOW_SECONDS = 30
"""The average duration of uploads that alarms (U6)."""


class SettingsError(Exception):
    """One or more settings are not allowed; the message has a line for each."""


class FunctionSettings(BaseModel):
    """Size and log of one function."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_mb: int = Field(ge=128, le=10240)
    timeout_seconds: int = Field(ge=1, le=900)
    log_retention_days: LogRetentionDays
    reserved_concurrency: int | None = Field(default=None, ge=0)


class ApiFunctionSettings(FunctionSettings):
    """The same behind an API: time for the SDK's retries, and no more than an API waits."""

    timeout_seconds: int = Field(ge=10, le=29)


class WorkloadSettings(BaseModel):
    """Settings of one workload; in the environment each begins with its name, as ``TASKS_AUTH``.

    Those of a function have the function's name too, as ``TASKS_POST_MEMORY_MB``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _group_by_function(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Make ``{"get": {"memory_mb": ...}}`` of ``{"get_memory_mb": ...}``, on top of the defaults."""
        grouped: dict[str, Any] = {}
        for name, value in values.items():
            function, _, setting = name.partition("_")
            field = cls.model_fields.get(function)
            if setting and field is not None and isinstance(field.default, FunctionSettings):
                grouped.setdefault(function, field.default.model_dump())[setting] = value
            else:
                grouped[name] = value
        return grouped


_TASKS_FUNCTION = ApiFunctionSettings(memory_mb=256, timeout_seconds=10, log_retention_days=30)
_RECORDS_FUNCTION = FunctionSettings(memory_mb=512, timeout_seconds=30, log_retention_days=14)


class TasksSettings(WorkloadSettings):
    """The task API; the defaults are those of T1, T6 and T7.

    Attributes:
        throttle_rate: requests a second.
        log_retention_days: of the API's access log.
    """

    auth: Auth = "api_key"
    require_if_match: bool = False
    throttle_rate: float = Field(default=50, gt=0)
    throttle_burst: int = Field(default=100, gt=0)
    log_retention_days: LogRetentionDays = 30
    get: ApiFunctionSettings = _TASKS_FUNCTION
    post: ApiFunctionSettings = _TASKS_FUNCTION
    put: ApiFunctionSettings = _TASKS_FUNCTION
    delete: ApiFunctionSettings = _TASKS_FUNCTION


class RecordsSettings(WorkloadSettings):
    """Writer and reader; the defaults are those of R1 to R3.

    Attributes:
        read_capacity, write_capacity: of the table, in units.
        max_capacity: how far autoscaling may go from there; without it there is no autoscaling.
    """

    read_capacity: int = Field(default=5, ge=1)
    write_capacity: int = Field(default=5, ge=1)
    max_capacity: int | None = Field(default=None, ge=1)
    writer: FunctionSettings = _RECORDS_FUNCTION
    reader: FunctionSettings = _RECORDS_FUNCTION

    @model_validator(mode="after")
    def _room_to_scale(self) -> Self:
        least = max(self.read_capacity, self.write_capacity)
        if self.max_capacity is not None and self.max_capacity < least:
            raise ValueError(
                f"RECORDS_MAX_CAPACITY: {self.max_capacity} is not allowed: it is below the capacity {least}"
            )
        return self


class UploadsSettings(WorkloadSettings):
    """The function that uploads trigger; the defaults are those of U2 and U6."""

    processor: FunctionSettings = FunctionSettings(memory_mb=256, timeout_seconds=60, log_retention_days=7)

    @model_validator(mode="after")
    def _time_to_be_slow(self) -> Self:
        if self.processor.timeout_seconds <= SLOW_SECONDS:
            raise ValueError(
                f"UPLOADS_PROCESSOR_TIMEOUT_SECONDS: {self.processor.timeout_seconds} is not allowed:"
                f" the alarm on slow runs is at {SLOW_SECONDS} seconds"
            )
        return self


class Settings(BaseSettings):
    """Every setting, typed and frozen; the field names in upper case are the variables.

    Raises:
        ValidationError: see ``load``, which turns it into a ``SettingsError``.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    aws_region: Region = "us-east-1"
    environment: Environment = "dev"
    environment_suffix: Part = "main"
    project: Part = "trainr963"
    company: Part = "trainr"
    owner: Tag = "platform"
    repository: Tag = "unknown"
    commit_author: Tag = "unknown"

    name_pattern: NamePattern = "{project}-{suffix}-{component}-{name}-{environment}"
    protection: Literal["on", "lifted"] = "on"
    workloads: Annotated[tuple[Workload, ...], *Commas] = ("tasks", "records", "uploads")

    vpc_cidr: VpcCidr = IPv4Network("10.0.0.0/16")
    zones: Annotated[tuple[Zone, ...], *Commas, Field(min_length=2, max_length=6)] = ("a", "b")
    nat_gateways: Literal["one", "per_zone"] = "one"
    interface_endpoints: Annotated[tuple[InterfaceEndpoint, ...], *Commas] = ()

    architecture: Literal["arm64", "x86_64"] = "arm64"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    cors_origins: Annotated[tuple[Origin, ...], *Commas, Field(min_length=1)] = ("*",)
    alarm_email: Email | None = None

    state_bucket: BucketName | None = None
    state_key: Annotated[str, Field(max_length=1024)] | None = None
    state_region: Region | None = None

    tasks: TasksSettings = TasksSettings()
    records: RecordsSettings = RecordsSettings()
    uploads: UploadsSettings = UploadsSettings()

    @field_validator("repository", mode="before")
    @classmethod
    def _slashes_become_hyphens(cls, value: str) -> str:
        return value.replace("/", "-")

    @field_validator("commit_author", mode="before")
    @classmethod
    def _quotes_are_dropped(cls, value: str) -> str:
        return value.replace('"', "")

    @field_validator("cors_origins")
    @classmethod
    def _star_stands_alone(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in value and len(value) > 1:
            raise ValueError("* already means every origin: name it alone or name the origins")
        return value

    @model_validator(mode="after")
    def _open_apis_only_where_nothing_is_protected(self) -> Self:
        if self.tasks.auth == "none" and self.environment not in UNPROTECTED_ENVIRONMENTS:
            raise ValueError(
                f"TASKS_AUTH: 'none' is not allowed in {self.environment}; use api_key or iam"
                f" (none is for {' and '.join(UNPROTECTED_ENVIRONMENTS)})"
            )
        return self

    @property
    def disposable(self) -> bool:
        """Whether destroying may take data along: buckets that are not empty, secrets without grace."""
        return self.environment in UNPROTECTED_ENVIRONMENTS

    @property
    def protected(self) -> bool:
        """Whether what holds data is guarded against destruction (P12)."""
        return not self.disposable and self.protection == "on"

    @property
    def tags(self) -> dict[str, str]:
        """The tags that everything carries (P5); nothing that changes by itself."""
        return {
            "Project": self.project,
            "Environment": self.environment,
            "Owner": self.owner,
            "Repository": self.repository,
            "Author": self.commit_author,
            "ManagedBy": "cdktf",
        }


def load() -> Settings:
    """Read the settings from the environment and ``.env``.

    Raises:
        SettingsError: with one line for each setting that is not allowed: the variable, the value and
            what is allowed.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_line(item) for item in error.errors())) from None
    except SourceError as error:
        raise SettingsError(f"{error}; the settings of a workload are variables of their own") from None


def _line(item: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails is a TypedDict with any input
    message = str(item["msg"]).removeprefix("Value error, ")
    variable = "_".join(str(part) for part in item["loc"] if isinstance(part, str)).upper()
    if variable in {"", *(name.upper() for name in get_args(Workload))} and ": " in message:
        return message  # of several settings at once: it names them itself
    return f"{variable}: {item['input']!r} is not allowed: {message[:1].lower()}{message[1:]}"
