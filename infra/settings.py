"""All settings, read from the environment and `.env` (requirement P3).

This is the only module of `infra` that reads the environment. It refuses what AWS would refuse minutes into
an apply, so that a wrong value is reported by name within a second.
"""

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from infra.values import (
    BucketName,
    CommaSeparated,
    Email,
    NamePattern,
    NameSegment,
    Origin,
    Region,
    Tag,
    VpcCidr,
    Zone,
)
from infra.workload_settings import (
    FilesSettings,
    RecordsSettings,
    RequestsSettings,
    TasksSettings,
    UploadsSettings,
)

Environment = Literal["dev", "test", "stage", "prod", "production"]
WorkloadName = Literal["tasks", "records", "uploads", "requests", "files"]
WORKLOADS: tuple[WorkloadName, ...] = get_args(WorkloadName)
InterfaceEndpoint = Literal[
    "ssm", "secretsmanager", "kms", "logs", "states", "sqs", "monitoring", "bedrock-runtime"
]

UNPROTECTED_ENVIRONMENTS = ("dev", "test")
"""Environments that can be destroyed at once (P12), and whose APIs may be open (T6), to every origin too."""

PRODUCTION = ("prod", "production")
FILES_RESERVED_CONCURRENCY = {"image": 10, "document": 5, "data": 10, "api": 20}
"""Defaults in production (F2)."""


class SettingsError(Exception):
    """One or more settings are invalid; the message has a line for each."""


class Settings(BaseSettings):
    """All settings, typed and frozen. The names of the variables are those of the fields in upper case.

    Raises:
        ValidationError: A setting is invalid; `load` turns this into a `SettingsError`.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    aws_region: Region = Field(default="us-east-1", description="The region of the stack.")
    environment: Environment = Field(
        default="dev",
        description="The environment; outside `dev` and `test`, what holds data is protected from deletion.",
    )
    environment_suffix: NameSegment = Field(
        default="main",
        description="Part of all names; distinguishes the stacks of one environment in one account.",
    )
    project: NameSegment = Field(default="trainr963", description="Part of all names, and the tag `Project`.")
    company: NameSegment = Field(
        default="trainr", description="Part of names, by `{company}` in their pattern."
    )
    owner: Tag = Field(default="platform", description="The tag `Owner`.")
    repository: Tag = Field(default="unknown", description="The tag `Repository`; `/` becomes `-`.")
    commit_author: Tag = Field(default="unknown", description='The tag `Author`; `"` is dropped.')

    name_pattern: NamePattern = Field(
        default="{project}-{suffix}-{component}-{name}-{environment}", description="The pattern of all names."
    )
    protection: Literal["on", "lifted"] = Field(
        default="on", description="`lifted` before a protected stack is destroyed."
    )
    workloads: Annotated[tuple[WorkloadName, ...], *CommaSeparated] = Field(
        default=WORKLOADS, description="The workloads of the stack."
    )

    vpc_cidr: VpcCidr = Field(default=IPv4Network("10.0.0.0/16"), description="The address range of the VPC.")
    zones: Annotated[tuple[Zone, ...], *CommaSeparated, Field(min_length=2, max_length=6)] = Field(
        default=("a", "b"),
        description="The availability zones; each has a public and a private subnet.",
    )
    nat_gateways: Literal["one", "per_zone"] = Field(
        default="one", description="One NAT gateway for all zones, or one per zone."
    )
    interface_endpoints: Annotated[tuple[InterfaceEndpoint, ...], *CommaSeparated] = Field(
        default=(), description="The services that functions reach through interface endpoints in the VPC."
    )

    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64", description="The processor architecture of all functions."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", description="The log level of all functions."
    )
    http_egress: Literal["open", "closed"] = Field(
        default="open", description="Whether functions may connect to port 80, besides 443."
    )
    cors_origins: Annotated[tuple[Origin, ...], *CommaSeparated] = Field(
        default=("*",),
        description="The origins from which browsers call the APIs;"
        " by default `none` outside `dev` and `test`.",
    )
    allow_when_protected: Annotated[tuple[Literal["any_origin", "debug_logs"], ...], *CommaSeparated] = Field(
        default=(),
        description="Allows `CORS_ORIGINS=*` (`any_origin`), `LOG_LEVEL=DEBUG` (`debug_logs`)"
        " outside `dev` and `test`.",
    )
    alarm_email: Email | None = Field(
        default=None, description="The address that alarms are sent to, once its owner confirms an e-mail."
    )

    state_bucket: BucketName | None = Field(
        default=None, description="The S3 bucket of Terraform's state; by default derived from the names."
    )
    state_key: Annotated[str, Field(max_length=1024)] | None = Field(
        default=None,
        description="The key of Terraform's state in its bucket; by default derived from the names.",
    )
    state_region: Region | None = Field(
        default=None, description="The region of the state's bucket; by default that of the stack."
    )

    tasks: TasksSettings = TasksSettings()
    records: RecordsSettings = RecordsSettings()
    uploads: UploadsSettings = UploadsSettings()
    requests: RequestsSettings = RequestsSettings()
    files: FilesSettings = FilesSettings()

    @model_validator(mode="before")
    @classmethod
    def _reserve_concurrency_in_production(cls, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("environment") not in PRODUCTION:
            return values
        reserved = {
            f"{name}_reserved_concurrency": value for name, value in FILES_RESERVED_CONCURRENCY.items()
        }
        return {**values, "files": {**reserved, **values.get("files", {})}}

    @model_validator(mode="before")
    @classmethod
    def _allow_no_origin_by_default_in_protected_environments(cls, values: dict[str, Any]) -> dict[str, Any]:
        protected = values.get("environment", UNPROTECTED_ENVIRONMENTS[0]) not in UNPROTECTED_ENVIRONMENTS
        return {"cors_origins": (), **values} if protected else values

    @field_validator("repository", mode="before")
    @classmethod
    def _replace_slashes(cls, value: str) -> str:
        return value.replace("/", "-")

    @field_validator("commit_author", mode="before")
    @classmethod
    def _remove_quotes(cls, value: str) -> str:
        return value.replace('"', "")

    @field_validator("cors_origins")
    @classmethod
    def _reject_star_with_other_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in value and len(value) > 1:
            raise ValueError("* allows every origin: use it alone, or list the origins")
        return value

    @model_validator(mode="after")
    def _reject_open_apis_in_protected_environments(self) -> Self:
        for name, auth, alternatives in (
            ("TASKS_AUTH", self.tasks.auth, "api_key or iam"),
            ("REQUESTS_AUTH", self.requests.auth, "iam"),
        ):
            if auth == "none" and self.environment not in UNPROTECTED_ENVIRONMENTS:
                raise ValueError(
                    f"{name}: 'none' is not allowed in {self.environment}; use {alternatives}"
                    f" (none is for {' and '.join(UNPROTECTED_ENVIRONMENTS)})"
                )
        return self

    @model_validator(mode="after")
    def _reject_defaults_of_development_in_protected_environments(self) -> Self:
        for name, value, unsafe, exception, alternative in (
            ("CORS_ORIGINS", ",".join(self.cors_origins), "*", "any_origin", "list the origins"),
            ("LOG_LEVEL", self.log_level, "DEBUG", "debug_logs", "use INFO"),
        ):
            allowed = self.environment in UNPROTECTED_ENVIRONMENTS or exception in self.allow_when_protected
            if value == unsafe and not allowed:
                raise ValueError(
                    f"{name}: {value!r} is not allowed in {self.environment}; {alternative},"
                    f" or set ALLOW_WHEN_PROTECTED={exception} too"
                )
        return self

    @model_validator(mode="after")
    def _validate_region_of_summary_model(self) -> Self:
        for model in self.files.summary_models[:1]:
            if model.split(":")[3] != self.aws_region:
                raise ValueError(
                    f"FILES_SUMMARY_MODELS: {model!r} is not allowed:"
                    f" the functions invoke the first model in {self.aws_region}"
                )
        return self

    @property
    def cors_origins_variable(self) -> str:
        """The allowed origins as functions read them."""
        return ",".join(self.cors_origins) or "none"

    @property
    def force_destroy(self) -> bool:
        """Whether destroying the stack may delete data: non-empty buckets, and secrets without recovery."""
        return self.environment in UNPROTECTED_ENVIRONMENTS

    @property
    def protected(self) -> bool:
        """Whether what stores data is protected from destruction (P12)."""
        return not self.force_destroy and self.protection == "on"

    @property
    def tags(self) -> dict[str, str]:
        """Tags of all resources (P5); none changes by itself."""
        return {
            "Project": self.project,
            "Environment": self.environment,
            "Owner": self.owner,
            "Repository": self.repository,
            "Author": self.commit_author,
            "ManagedBy": "cdktf",
        }


def load() -> Settings:
    """Read the settings from the environment and `.env`.

    Raises:
        SettingsError: Settings are invalid. The message has a line for each, with the variable, its value
            and the allowed values.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_line(item) for item in error.errors())) from None
    except SourceError as error:
        raise SettingsError(f"{error}; each setting of a workload is a separate variable") from None


def _line(item: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails is a TypedDict with any input
    message = str(item["msg"]).removeprefix("Value error, ")
    variable = "_".join(str(part) for part in item["loc"] if isinstance(part, str)).upper()
    if variable in {"", *(name.upper() for name in WORKLOADS)} and ": " in message:
        return message  # an error of several settings names them
    return f"{variable}: {item['input']!r} is not allowed: {message[:1].lower()}{message[1:]}"
