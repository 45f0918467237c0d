"""Patches of Lambda's layers."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from sandbox.patches.responses import Response


def refuse_unknown_runtimes_of_layers() -> None:
    """Refuse to list the layers for a runtime that Lambda does not know.

    AWS: ListLayers fails with ValidationException, whose message contains all runtimes. LocalStack has
    recorded it (`list_layers_exc_compatibleruntime_invalid` in
    https://github.com/localstack/localstack/blob/main/tests/aws/services/lambda_/test_lambda_api.snapshot.json).

    MiniStack: Lists no layers.
    """
    list_all = lambda_svc._list_layers

    def list_layers(query: Mapping[str, Any]) -> Response:
        runtime = lambda_svc._qp_first(query, "CompatibleRuntime")
        response: Response = (
            error_response_json("ValidationException", _unknown(runtime), 400)
            if runtime and runtime not in _runtimes()
            else list_all(query)
        )
        return response

    lambda_svc._list_layers = list_layers


def _unknown(runtime: str) -> str:
    return (
        f"1 validation error detected: Value '{runtime}' at 'compatibleRuntime' failed to satisfy constraint:"
        f" Member must satisfy enum value set: [{', '.join(_runtimes())}]"
    )


@cache
def _runtimes() -> tuple[str, ...]:
    """Return the runtimes that the pinned SDK knows."""
    model: Any = botocore.session.Session().get_service_model("lambda")
    return tuple(model.shape_for("Runtime").enum)
