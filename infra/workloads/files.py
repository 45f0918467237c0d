"""Processing of files by their type (requirements F1 to F6)."""

from http import HTTPStatus

from cdktf import TerraformOutput, TerraformStack
from constructs import Construct

from infra import policy
from infra.constructs.bucket_events import BucketEvents, ObjectCreated
from infra.constructs.code import Code
from infra.constructs.function import Function
from infra.constructs.queue import DeadLetterQueue
from infra.constructs.rest_api import Operation, RestApi
from infra.packaging import handlers_zip
from infra.platform import Platform
from infra.workloads.schemas import LINK, METADATA, NEW_FILE, UPLOAD

SUFFIXES = {"image": (".jpg", ".jpeg", ".png"), "document": (".pdf", ".txt"), "data": (".csv", ".json")}
"""Which function processes what (F1)."""

SUMMARIZED = ("document", "data")
"""Whose files have text that a model can sum up (F5)."""

OLD_VERSIONS_DAYS = 30
PREFIX = "files/"
"""Where the API has clients put their files."""


class Files(Construct):
    """A bucket whose files are processed by type, and an API through which clients reach theirs alone."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        self._platform = platform
        self._settings = platform.settings.files
        self._code = Code(self, "files", archive=handlers_zip("files"), bucket=platform.deploy_bucket)
        self._bucket = platform.bucket(
            self, "documents", name="documents", old_versions_days=OLD_VERSIONS_DAYS
        )
        self._bucket.allow_browsers(platform.settings.cors_origins, ["GET", "POST"])
        # The times are of files that nobody uploads.
        self._table = platform.table(self, "files-table", name="files", ttl_attribute="expires_at")
        processors = {name: self._processor(name) for name in SUFFIXES}
        rules = [
            ObjectCreated(processors[name], suffix=suffix)
            for name, suffixes in SUFFIXES.items()
            for lower in suffixes
            for suffix in (lower, lower.upper())
        ]
        BucketEvents(self, "events", bucket=self._bucket, account=platform.account, rules=rules)
        self._output("api-url", self._api().url)
        self._output("bucket-name", self._bucket.name)
        self._output("table-name", self._table.name)

    def _processor(self, name: str) -> Function:
        dead_letters = DeadLetterQueue(
            self,
            f"{name}-dead-letters",
            name=self._platform.names.of("sqs", f"files-{name}-dead-letters"),
        )
        models = self._settings.summary_models if name in SUMMARIZED else ()
        environment = {"SUMMARY_MODEL": models[0] if models else ""} if name in SUMMARIZED else {}
        function = self._function(name, dead_letters, **environment)
        self._bucket.grant(function, "GetObject", "GetObjectVersion", "ListBucket")
        self._table.grant(function, "UpdateItem")
        if models:
            function.grant(policy.allow(["bedrock:InvokeModel"], models))
        self._output(f"{name}-function-arn", function.arn)
        self._output(f"{name}-dead-letters-url", dead_letters.url)
        return function

    def _api(self) -> RestApi:
        function = self._function("api", CORS_ORIGINS=",".join(self._platform.settings.cors_origins))
        self._bucket.grant(function, "GetObject", "PutObject", prefix=PREFIX)  # by presigned requests
        self._table.grant(function, "GetItem", "PutItem")
        api = self._platform.rest_api(
            self, "rest-api", name="files-api", auth="api_key", settings=self._settings
        )
        create = Operation(
            name="createFile",
            function=function,
            body=NEW_FILE,
            status=HTTPStatus.CREATED,
            answer=UPLOAD,
            answer_headers=["Location"],
        )
        api.route("/files", {"POST": create})
        api.route("/files/{id}", {"GET": Operation(name="getFile", function=function, answer=LINK)})
        metadata = Operation(name="getMetadata", function=function, answer=METADATA)
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
            )
            self._output(f"api-key-parameter-{client}", plan.parameter.name)
        return api

    def _function(
        self, name: str, dead_letters: DeadLetterQueue | None = None, **environment: str
    ) -> Function:
        return self._platform.function(
            self,
            name,
            name=f"files-{name}",
            handler=f"handlers.files.{name}.handler",
            code=self._code,
            size=getattr(self._settings, name),
            environment={
                "BUCKET_NAME": self._bucket.name,
                "TABLE_NAME": self._table.name,
                **environment,
            },
            dead_letters=dead_letters,
        )

    def _output(self, name: str, value: str) -> None:
        TerraformOutput(TerraformStack.of(self), f"files-{name}", value=value)
