"""Patch of API Gateway: MOCK integrations evaluate the templates of their responses."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import airspeed
from ministack.services import apigateway_v1

from sandbox.patches.responses import Response

HEADER = "method.response.header."
# The names in VTL may contain hyphens, and those of headers do. airspeed does not set such names.
_PLACE = re.compile(r"\s*\$([a-z_][\w-]*(?:\.[a-z_][\w-]*)*)", re.IGNORECASE)

_request: ContextVar[Mapping[str, Any]] = ContextVar("request")


class _Input:
    """`$input` of a template."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request

    def params(self) -> dict[str, Any]:
        """The parameters of the request, by location and name."""
        names = {"path": "path_params", "querystring": "query_params", "header": "headers"}
        return {location: self._request[name] for location, name in names.items()}


def evaluate_responses_of_mock_integrations() -> None:
    """Let a MOCK integration return what the template of its response evaluates to.

    AWS: The template of the accepted media type, otherwise the first one, is evaluated as VTL. Its media type
    is that of the response. `$context.responseOverride` overrides the status and the headers
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html).

    MiniStack: Returns the template of `application/json` as it is, or `{}` if there is none.

    Of `$input` only `params()` is there, and of `$context` what our templates use.
    """
    airspeed.SetDirective.PLACE = _PLACE
    execute, invoke = apigateway_v1._execute_in_scope, apigateway_v1._invoke_mock_v1

    async def execute_in_scope(request: Mapping[str, Any], *rest: Any) -> Any:  # noqa: ANN401
        _request.set(request)
        return await execute(request, *rest)

    def invoke_mock(integration: Mapping[str, Any]) -> Response:
        status, headers, body = invoke(integration)
        response = integration["integrationResponses"].get(str(status), {})
        templates = response.get("responseTemplates")
        if not templates:
            return status, headers, body
        request = _request.get()
        accepted = apigateway_v1._header_ci(request["headers"], "accept")
        media_type = accepted if accepted in templates else next(iter(templates))
        override: dict[str, Any] = {"header": {}}
        context = {
            "requestId": request["request_id"],
            "resourcePath": request["resource_path"],
            "stage": request["stage_name"],
            "responseOverride": override,
        }
        text = airspeed.Template(templates[media_type]).merge({"input": _Input(request), "context": context})
        if f"{HEADER}Content-Type" not in response.get("responseParameters", {}):
            headers["Content-Type"] = media_type
        return int(override.get("status", status)), headers | override["header"], text.encode()

    apigateway_v1._execute_in_scope, apigateway_v1._invoke_mock_v1 = execute_in_scope, invoke_mock
