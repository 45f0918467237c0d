"""The task API (requirements T1 to T7)."""

from collections.abc import Sequence
from http import HTTPStatus

from cdktf import TerraformOutput, TerraformStack
from constructs import Construct

from infra.constructs.api_parts import Schema
from infra.constructs.code import Code
from infra.constructs.function import Function
from infra.constructs.key import MacKey
from infra.constructs.rest_api import Operation, RestApi
from infra.packaging import handlers_zip
from infra.platform import Platform
from infra.workloads.schemas import NAMED_REPLACEMENT, NEW_TASK, REPLACEMENT, TASK, TASKS


class Tasks(Construct):
    """A CRUD API on a table, each method by a function of its own."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        self._platform = platform
        self._settings = platform.settings.tasks
        self._code = Code(self, "tasks", archive=handlers_zip("tasks"), bucket=platform.deploy_bucket)
        self._sessions = platform.table(self, "sessions", name="sessions", ttl_attribute="expires_at")
        idempotency = platform.table(self, "idempotency", name="idempotency", ttl_attribute="expiration")

        cursors = MacKey(self, "cursors", alias=platform.names.of("kms", "cursors"), account=platform.account)
        require_if_match = str(self._settings.require_if_match).lower()
        get = self._function("get", CURSOR_KEY_ARN=cursors.arn)
        post = self._function("post", IDEMPOTENCY_TABLE=idempotency.name)
        put = self._function("put", REQUIRE_IF_MATCH=require_if_match)
        delete = self._function("delete", REQUIRE_IF_MATCH=require_if_match)

        self._sessions.grant(get, "GetItem", "Scan")
        self._sessions.grant(post, "PutItem")
        self._sessions.grant(put, "UpdateItem")
        self._sessions.grant(delete, "DeleteItem")
        idempotency.grant(post, "PutItem", "UpdateItem", "DeleteItem")
        cursors.grant_generate_verify(get)

        api = platform.rest_api(self, "api", name="api", auth=self._settings.auth, settings=self._settings)
        _route(api, get, post, put, delete)
        api.deploy()
        stack = TerraformStack.of(self)
        TerraformOutput(stack, "api-gateway-url", value=api.url)
        TerraformOutput(stack, "dynamodb-table-name", value=self._sessions.name)
        if self._settings.auth == "api_key":
            plan = platform.usage_plan(
                self,
                "usage-plan",
                name="usage-plan",
                key_name="api-key",
                api=api,
                settings=self._settings,
            )
            TerraformOutput(stack, "api-key-parameter", value=plan.parameter.name)

    def _function(self, method: str, **environment: str) -> Function:
        settings = self._platform.settings
        return self._platform.function(
            self,
            f"{method}-handler",
            name=f"{method}-handler",
            handler=f"handlers.tasks.{method}.handler",
            code=self._code,
            size=getattr(self._settings, method),
            environment={
                "DEBUG_ENABLED": "false",
                "DYNAMODB_TABLE": self._sessions.name,
                "REGION": settings.aws_region,
                "CORS_ORIGINS": ",".join(settings.cors_origins),
                **environment,
            },
            managed_policies=True,
        )


def _route(api: RestApi, get: Function, post: Function, put: Function, delete: Function) -> None:
    """All operations (T3, T4); the functions check bodies, because they name each field that is wrong."""
    api.route(
        "/tasks",
        {
            "GET": Operation(name="listTasks", function=get, query=["limit", "cursor"], answer=TASKS),
            "POST": Operation(
                name="createTask",
                function=post,
                headers=["Idempotency-Key"],
                body=NEW_TASK,
                function_checks_body=True,
                status=HTTPStatus.CREATED,
                answer=TASK,
                answer_headers=["ETag", "Location", "Idempotent-Replayed"],
            ),
            "PUT": _replace("replaceNamedTask", put, NAMED_REPLACEMENT),
            "DELETE": _delete("deleteNamedTask", delete, query=["id"]),
        },
    )
    api.route(
        "/tasks/{id}",
        {
            "GET": Operation(name="getTask", function=get, answer=TASK, answer_headers=["ETag"]),
            "PUT": _replace("replaceTask", put, REPLACEMENT),
            "DELETE": _delete("deleteTask", delete),
        },
    )


def _replace(name: str, function: Function, body: Schema) -> Operation:
    return Operation(
        name=name,
        function=function,
        headers=["If-Match"],
        body=body,
        function_checks_body=True,
        answer=TASK,
        answer_headers=["ETag"],
    )


def _delete(name: str, function: Function, query: Sequence[str] = ()) -> Operation:
    return Operation(
        name=name,
        function=function,
        query=query,
        headers=["If-Match"],
        status=HTTPStatus.NO_CONTENT,
        answer=None,
    )
