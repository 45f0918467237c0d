"""The settings of each workload; the variables begin with its name (requirement P3)."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infra.values import CommaSeparated, LogRetentionDays, ModelArn, NameSegment, OrNone

Auth = Literal["api_key", "iam", "none"]

TIMEOUT = "Timeout of the function, in seconds."

SLOW_SECONDS = 30
"""Average duration of uploads that triggers the alarm (U6)."""


class FunctionSettings(BaseModel):
    """Size and log retention of a function."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_mb: int = Field(ge=128, le=10240, description="Memory of the function, in MB.")
    timeout_seconds: int = Field(ge=1, le=900, description=TIMEOUT)
    log_retention_days: LogRetentionDays = Field(
        description="Days for which CloudWatch keeps the function's log."
    )
    reserved_concurrency: Annotated[int | None, OrNone] = Field(
        default=None,
        ge=0,
        description="Concurrent executions that are reserved for the function, and its limit.",
    )


class CallingFunctionSettings(FunctionSettings):
    """A function with enough time for several calls in sequence and their retries."""

    timeout_seconds: int = Field(ge=10, le=900, description=TIMEOUT)


class ApiFunctionSettings(CallingFunctionSettings):
    """A calling function behind an API, which waits at most 29 seconds."""

    timeout_seconds: int = Field(ge=10, le=29, description=TIMEOUT)


class ReadingFunctionSettings(FunctionSettings):
    """A function with time to read a file and to retry calls: 75 seconds for a service that hangs."""

    timeout_seconds: int = Field(ge=120, le=900, description=TIMEOUT)


class DocumentFunctionSettings(ReadingFunctionSettings):
    """A reading function with enough memory for its process that parses PDFs, which may use 1 GiB."""

    memory_mb: int = Field(ge=1536, le=10240, description="Memory of the function, in MB.")


class WorkloadSettings(BaseModel):
    """Settings of a workload. In the environment, their names begin with its name, as `TASKS_AUTH`.

    The settings of a function also contain its name, as `TASKS_POST_MEMORY_MB`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _group_by_function(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Group the settings of a function, on top of its defaults.

        `{"get_memory_mb": 512}` becomes `{"get": {"memory_mb": 512, ...}}`.
        """
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


RATE = "Requests per second that the API accepts."
BURST = "Requests that the API accepts at once."
ACCESS_LOG = "Days for which CloudWatch keeps the API's access log."


class ApiSettings(WorkloadSettings):
    """Settings of a workload with an API."""

    throttle_rate: float = Field(default=50, gt=0, description=RATE)
    throttle_burst: int = Field(default=100, gt=0, description=BURST)
    log_retention_days: LogRetentionDays = Field(default=30, description=ACCESS_LOG)


class TasksSettings(ApiSettings):
    """The task API; the defaults follow T1, T6 and T7."""

    auth: Auth = Field(
        default="api_key", description="How callers authenticate; `none` only in `dev` and `test`."
    )
    require_if_match: bool = Field(
        default=False, description="Whether a change without `If-Match` gets the response 428."
    )
    get: ApiFunctionSettings = _TASKS_FUNCTION
    post: ApiFunctionSettings = _TASKS_FUNCTION
    put: ApiFunctionSettings = _TASKS_FUNCTION
    delete: ApiFunctionSettings = _TASKS_FUNCTION


class RecordsSettings(WorkloadSettings):
    """The records; the defaults follow R1 to R3."""

    read_capacity: int = Field(default=5, ge=1, description="Read capacity units of the table.")
    write_capacity: int = Field(default=5, ge=1, description="Write capacity units of the table.")
    max_capacity: int | None = Field(
        default=None,
        ge=1,
        description="Upper bound of the table's autoscaling, which is off by default; at least the capacity.",
    )
    writer: FunctionSettings = _RECORDS_FUNCTION
    reader: FunctionSettings = _RECORDS_FUNCTION

    @model_validator(mode="after")
    def _validate_max_capacity(self) -> Self:
        minimum = max(self.read_capacity, self.write_capacity)
        if self.max_capacity is not None and self.max_capacity < minimum:
            raise ValueError(
                f"RECORDS_MAX_CAPACITY: {self.max_capacity} is not allowed:"
                f" it is below the capacity {minimum}"
            )
        return self


class UploadsSettings(WorkloadSettings):
    """The uploads; the defaults follow U2 and U6."""

    processor: FunctionSettings = FunctionSettings(memory_mb=256, timeout_seconds=60, log_retention_days=7)

    @model_validator(mode="after")
    def _validate_timeout(self) -> Self:
        if self.processor.timeout_seconds <= SLOW_SECONDS:
            raise ValueError(
                f"UPLOADS_PROCESSOR_TIMEOUT_SECONDS: {self.processor.timeout_seconds} is not allowed:"
                f" it must exceed the {SLOW_SECONDS} seconds of the duration alarm"
            )
        return self


class RequestsSettings(ApiSettings):
    """The request pipeline; the defaults follow Q1 to Q6."""

    auth: Literal["iam", "none"] = Field(
        default="iam", description="How callers authenticate; `none` only in `dev` and `test`."
    )
    state_machine_type: Literal["STANDARD", "EXPRESS"] = Field(
        default="STANDARD",
        description="`EXPRESS` is cheaper; an execution may then run twice, which has one effect (Q3).",
    )
    receive: ApiFunctionSettings = ApiFunctionSettings(
        memory_mb=256, timeout_seconds=10, log_retention_days=30
    )
    complete: CallingFunctionSettings = CallingFunctionSettings(
        memory_mb=256, timeout_seconds=30, log_retention_days=30
    )

    @model_validator(mode="before")
    @classmethod
    def _ignore_ca_bundle(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Ignore `REQUESTS_CA_BUNDLE`, a variable of the Python package requests that many machines set."""
        return {name: value for name, value in values.items() if name != "ca_bundle"}


class FilesSettings(ApiSettings):
    """The processing of files; the defaults follow F2 to F6."""

    clients: Annotated[tuple[NameSegment, ...], *CommaSeparated, Field(min_length=1)] = Field(
        default=("default",), description="The clients; each has an API key and a usage plan."
    )
    client_quota: Annotated[int | None, OrNone] = Field(
        default=100_000, gt=0, description="Requests per day that the API accepts from each client."
    )
    summary_models: Annotated[tuple[ModelArn, ...], *CommaSeparated] = Field(
        default=(),
        description="The Bedrock model for summaries, or an inference profile and the models it routes to.",
    )
    throttle_rate: float = Field(default=100, gt=0, description=RATE)
    throttle_burst: int = Field(default=200, gt=0, description=BURST)
    log_retention_days: LogRetentionDays = Field(default=7, description=ACCESS_LOG)
    image: ReadingFunctionSettings = ReadingFunctionSettings(
        memory_mb=1024, timeout_seconds=300, log_retention_days=7
    )
    document: DocumentFunctionSettings = DocumentFunctionSettings(
        memory_mb=2048, timeout_seconds=900, log_retention_days=7
    )
    data: ReadingFunctionSettings = ReadingFunctionSettings(
        memory_mb=512, timeout_seconds=300, log_retention_days=7
    )
    api: ApiFunctionSettings = ApiFunctionSettings(memory_mb=256, timeout_seconds=29, log_retention_days=7)
