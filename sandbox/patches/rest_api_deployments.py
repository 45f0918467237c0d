"""Patch of API Gateway: stages serve the snapshot that their deployment took of the REST API."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import apigateway_v1

from sandbox.patches.responses import Response

Snapshot: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The content of `STORES` for one API, by name."""

STORES = ("_resources", "_models", "_request_validators")
"""The stores that requests to a stage read. MiniStack itself takes snapshots of the gateway responses."""

_snapshots: dict[str, Snapshot] = {}
_served: ContextVar[Snapshot | None] = ContextVar("served", default=None)


class _Store(AccountRegionScopedDict):  # type: ignore[misc]
    """A store by API that returns the parts of the deployment while a request to a stage is served."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def get(self, key: str, default: object = None) -> Any:  # noqa: ANN401 - as in its base
        snapshot = _served.get()
        return super().get(key, default) if snapshot is None else snapshot[self.name]


def serve_snapshots_of_deployments() -> None:
    """Let a stage serve the API as it was when the stage's deployment was created.

    AWS: A change of an API is not live before a new deployment, and a deployment that a stage uses cannot be
    deleted (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html).

    MiniStack: Stages serve the current API, so a forgotten or premature deployment stays unseen.
    """
    for name in STORES:
        setattr(apigateway_v1, name, _Store(name))
    create, delete = apigateway_v1._create_deployment, apigateway_v1._delete_deployment
    execute, authorization_type = apigateway_v1._execute_in_scope, apigateway_v1.method_authorization_type

    def create_deployment(api: str, data: Mapping[str, Any]) -> Response:
        response: Response = create(api, data)
        if api in apigateway_v1._rest_apis:
            _snapshots[json.loads(response[2])["id"]] = {
                name: copy.deepcopy(getattr(apigateway_v1, name).get(api, {})) for name in STORES
            }
        return response

    def delete_deployment(api: str, deployment: str) -> Response:
        stages = apigateway_v1._stages_v1.get(api, {}).values()
        if any(stage["deploymentId"] == deployment for stage in stages):
            reason = "Active stages pointing to this deployment must be moved or deleted"
            refusal: Response = apigateway_v1._v1_error("BadRequestException", reason, 400)
            return refusal
        _snapshots.pop(deployment, None)
        response: Response = delete(api, deployment)
        return response

    async def execute_in_scope(request: Any, api: str, stage: str, *rest: Any) -> Any:  # noqa: ANN401
        with _serving(api, stage):
            return await execute(request, api, stage, *rest)

    def method_authorization_type(api: str, stage: str, method: str, path: str) -> str | None:
        with _serving(api, stage):
            type_: str | None = authorization_type(api, stage, method, path)
            return type_

    apigateway_v1._create_deployment, apigateway_v1._delete_deployment = create_deployment, delete_deployment
    apigateway_v1._execute_in_scope = execute_in_scope
    apigateway_v1.method_authorization_type = method_authorization_type


@contextmanager
def _serving(api: str, stage: str) -> Iterator[None]:
    """Let the stores return what the deployment of a stage contains."""
    deployment = apigateway_v1.stages_for_api(api).get(stage, {}).get("deploymentId")
    token = _served.set(_snapshots.get(deployment))
    try:
        yield
    finally:
        _served.reset(token)
