"""Processing of files by their type (requirements F1 to F6)."""

from http import HTTPStatus

from constructs import Construct

from infra import policy
from infra.constructs.bucket_events import BucketEvents, ObjectCreated
from infra.constructs.function import Function
from infra.constructs.openapi import Operation
from infra.constructs.rest_api import RestApi
from infra.platform import Platform
from infra.workload_settings import FilesSettings, FunctionSettings
from infra.workloads.schemas import LINK, METADATA, NEW_FILE, UPLOAD
from infra.workloads.workload import Workload

SUFFIXES = {"image": (".jpg", ".jpeg", ".png"), "document": (".pdf", ".txt"), "data": (".csv", ".json")}
"""Suffixes by the function that processes them (F1)."""

SUMMARIZED = ("document", "data")
"""Functions whose files contain text that a model can summarize (F5)."""

PROCESSED_ATTRIBUTES = (
    *("key", "version", "sequencer", "status", "uploaded_at", "started_at", "finished_at", "duration_ms"),
    *("size", "result", "summary", "error", "expires_at"),
)
"""Attributes of a row that the processing functions change; not its owner, name and content type."""

OLD_VERSIONS_DAYS = 30
PREFIX = "files/"
"""Prefix of the files that clients of the API upload."""


class Files(Workload):
    """A bucket whose files are processed by type, and an API where each client accesses its own files."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform, settings: FilesSettings) -> None:
        super().__init__(scope, id, platform=platform)
        self._settings = settings
        self._bucket = platform.bucket(
            self, "documents", name="documents", old_versions_days=OLD_VERSIONS_DAYS
        )
        if platform.settings.cors_origins:
            self._bucket.add_cors_rule(platform.settings.cors_origins, ["GET", "POST"])
        # Only files that are not uploaded yet have an expiry time.
        self._table = platform.table(self, "files-table", name="files", ttl_attribute="expires_at")
        self._environment = {"BUCKET_NAME": self._bucket.name, "TABLE_NAME": self._table.name}
        processors = {
            "image": self._processor("image", settings.image),
            "document": self._processor("document", settings.document),
            "data": self._processor("data", settings.data),
        }
        rules = [
            ObjectCreated(processors[name], suffix=suffix)
            for name, suffixes in SUFFIXES.items()
            for lower_case in suffixes
            for suffix in (lower_case, lower_case.upper())
        ]
        BucketEvents(self, "events", bucket=self._bucket, account=platform.account, rules=rules)
        self._outputs(
            {
                "api-url": self._api().url,
                "bucket-name": self._bucket.name,
                "table-name": self._table.name,
            }
        )

    def _processor(self, name: str, size: FunctionSettings) -> Function:
        dead_letters = self._dead_letters(f"{name}-dead-letters")
        models = self._settings.summary_models if name in SUMMARIZED else ()
        environment = {"SUMMARY_MODEL": models[0] if models else ""} if name in SUMMARIZED else {}
        function = self._function(
            name, size=size, environment={**self._environment, **environment}, dead_letters=dead_letters
        )
        self._bucket.grant(function, "GetObject", "GetObjectVersion", "ListBucket")
        self._table.grant_update(function, PROCESSED_ATTRIBUTES)
        if models:
            function.grant(policy.allow(["bedrock:InvokeModel"], models))
        self._outputs({f"{name}-function-arn": function.arn, f"{name}-dead-letters-url": dead_letters.url})
        return function

    def _api(self) -> RestApi:
        cors_origins = self._platform.settings.cors_origins_variable
        function = self._function(
            "api", size=self._settings.api, environment={**self._environment, "CORS_ORIGINS": cors_origins}
        )
        self._bucket.grant(function, "GetObjectVersion", "PutObject", prefix=PREFIX)  # for presigned requests
        self._table.grant(function, "GetItem", "PutItem")
        api = self._platform.rest_api(
            self, "rest-api", name="files-api", auth="api_key", settings=self._settings
        )
        create = Operation(
            name="createFile",
            function=function,
            body=NEW_FILE,
            status=HTTPStatus.CREATED,
            response=UPLOAD,
            response_headers=["Location"],
        )
        api.route("/files", {"POST": create})
        api.route("/files/{id}", {"GET": Operation(name="getFile", function=function, response=LINK)})
        metadata = Operation(name="getMetadata", function=function, response=METADATA)
        api.route("/files/{id}/metadata", {"GET": metadata})
        api.deploy()
        for client in self._settings.clients:
            plan = self._platform.usage_plan(
                self,
                f"client-{client}",
                name=f"files-{client}",
                key_name=f"files-api-key-{client}",
                api=api,
                settings=self._settings,
                clients=len(self._settings.clients),
                daily_quota=self._settings.client_quota,
            )
            self._outputs({f"api-key-parameter-{client}": plan.parameter.name})
        return api
