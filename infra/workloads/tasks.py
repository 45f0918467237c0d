"""The task API (requirements T1 to T7)."""

from collections.abc import Sequence
from http import HTTPStatus

from constructs import Construct

from infra.constructs.function import Function
from infra.constructs.key import MacKey
from infra.constructs.openapi import Operation, Schema
from infra.constructs.rest_api import RestApi
from infra.platform import Platform
from infra.workload_settings import FunctionSettings, TasksSettings
from infra.workloads.schemas import NAMED_REPLACEMENT, NEW_TASK, REPLACEMENT, TASK, TASKS
from infra.workloads.workload import Workload


class Tasks(Workload):
    """A CRUD API on a table, with one function per HTTP method."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform, settings: TasksSettings) -> None:
        super().__init__(scope, id, platform=platform)
        self._sessions = platform.table(self, "sessions", name="sessions", ttl_attribute="expires_at")
        idempotency = platform.table(self, "idempotency", name="idempotency", ttl_attribute="expiration")

        cursors = MacKey(self, "cursors", alias=platform.names.of("kms", "cursors"), account=platform.account)
        require_if_match = str(settings.require_if_match).lower()
        get = self._method("get", settings.get, CURSOR_KEY_ARN=cursors.arn)
        post = self._method("post", settings.post, IDEMPOTENCY_TABLE=idempotency.name)
        put = self._method("put", settings.put, REQUIRE_IF_MATCH=require_if_match)
        delete = self._method("delete", settings.delete, REQUIRE_IF_MATCH=require_if_match)

        self._sessions.grant(get, "GetItem", "Scan")
        self._sessions.grant(post, "PutItem")
        self._sessions.grant(put, "UpdateItem")
        self._sessions.grant(delete, "DeleteItem")
        idempotency.grant(post, "PutItem", "UpdateItem", "DeleteItem")
        cursors.grant_generate_verify(get)

        api = platform.rest_api(self, "api", name="api", auth=settings.auth, settings=settings)
        _route(api, get, post, put, delete)
        api.deploy()
        outputs = {"api-gateway-url": api.url, "dynamodb-table-name": self._sessions.name}
        if settings.auth == "api_key":
            plan = platform.usage_plan(
                self, "usage-plan", name="usage-plan", key_name="api-key", api=api, settings=settings
            )
            outputs["api-key-parameter"] = plan.parameter.name
        self._outputs(outputs, prefix="")

    def _method(self, method: str, size: FunctionSettings, **environment: str) -> Function:
        """Add the function of an HTTP method."""
        return self._function(
            method,
            id=f"{method}-handler",
            name=f"{method}-handler",
            size=size,
            environment={
                "DEBUG_ENABLED": "false",
                "DYNAMODB_TABLE": self._sessions.name,
                "REGION": self._platform.settings.aws_region,
                "CORS_ORIGINS": self._platform.settings.cors_origins_variable,
                **environment,
            },
            managed_policies=True,
        )


def _route(api: RestApi, get: Function, post: Function, put: Function, delete: Function) -> None:
    """Add all operations (T3, T4). The functions validate bodies, because they report each invalid field."""
    api.route(
        "/tasks",
        {
            "GET": Operation(name="listTasks", function=get, query=["limit", "cursor"], response=TASKS),
            "POST": Operation(
                name="createTask",
                function=post,
                headers=["Idempotency-Key"],
                body=NEW_TASK,
                function_checks_body=True,
                status=HTTPStatus.CREATED,
                response=TASK,
                response_headers=["ETag", "Location", "Idempotent-Replayed"],
            ),
            "PUT": _replace("replaceNamedTask", put, NAMED_REPLACEMENT),
            "DELETE": _delete("deleteNamedTask", delete, query=["id"]),
        },
    )
    api.route(
        "/tasks/{id}",
        {
            "GET": Operation(
                name="getTask",
                function=get,
                headers=["If-None-Match"],
                not_modified=True,
                response=TASK,
                response_headers=["ETag"],
            ),
            "PUT": _replace("replaceTask", put, REPLACEMENT),
            "DELETE": _delete("deleteTask", delete),
        },
    )


def _replace(name: str, function: Function, body: Schema) -> Operation:
    return Operation(
        name=name,
        function=function,
        headers=["If-Match", "If-None-Match"],
        body=body,
        function_checks_body=True,
        response=TASK,
        response_headers=["ETag"],
    )


def _delete(name: str, function: Function, query: Sequence[str] = ()) -> Operation:
    return Operation(
        name=name,
        function=function,
        query=query,
        headers=["If-Match", "If-None-Match"],
        status=HTTPStatus.NO_CONTENT,
        response=None,
    )
