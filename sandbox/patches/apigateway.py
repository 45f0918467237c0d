"""Patches of API Gateway (REST APIs)."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.services import apigateway_v1

from sandbox.patches.responses import Response


def generate_value_for_empty_api_key() -> None:
    """Let CreateApiKey generate a value when the given one is empty.

    AWS: An empty value is the same as none, and API Gateway generates one. Terraform's provider sends an
    empty value for a key without one
    (https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html).

    MiniStack: Refuses it, because it has fewer than 20 characters. Terraform's apply stops there.
    """
    create = apigateway_v1._create_api_key

    def create_api_key(data: Mapping[str, Any]) -> Response:
        response: Response = create({name: value for name, value in data.items() if name != "value" or value})
        return response

    apigateway_v1._create_api_key = create_api_key


def omit_empty_quota_of_usage_plan() -> None:
    """Return no quota for a usage plan that was created without one.

    AWS: `quota` is absent then (https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html).

    MiniStack: Returns an empty object, which Terraform's second plan removes.
    """
    create = apigateway_v1._create_usage_plan

    def create_usage_plan(data: Mapping[str, Any]) -> Response:
        response: Response = create(data)
        plan = apigateway_v1._usage_plans[json.loads(response[2])["id"]]
        if not plan["quota"]:
            del plan["quota"]
        return response

    apigateway_v1._create_usage_plan = create_usage_plan


def keep_types_of_patched_members() -> None:
    """Let patch operations keep the types of the members that they change.

    AWS: The value of a patch operation is a string, and the member stays a boolean or a number
    (https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html).

    MiniStack: Stores the string. Terraform's provider cannot decode the next response then.
    """
    apply = apigateway_v1._apply_patch

    def apply_patch(target: dict[str, Any], operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        patched: dict[str, Any] = apply(target, [_typed(target, operation) for operation in operations])
        return patched

    apigateway_v1._apply_patch = apply_patch


def _typed(target: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a patch operation with its value in the type of the member."""
    *parents, name = operation["path"].strip("/").split("/")
    for parent in parents:
        target = target.get(parent) or {}
    current, value = target.get(name), operation.get("value")
    if not isinstance(value, str):
        return operation
    if isinstance(current, bool) or name.startswith("method.request."):  # a parameter: whether it is required
        return {**operation, "value": value == "true"}
    return {**operation, "value": int(value)} if isinstance(current, int) else operation
