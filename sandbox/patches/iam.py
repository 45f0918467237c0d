"""Patches of how IAM evaluates a request."""

import json
import re
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions

NAMESPACE_KEY = "cloudwatch:namespace"
ATTRIBUTE = re.compile(r"(?<![\w:.#])#?[A-Za-z_]\w*(?!\w|\s*\()")
"""The first segment of a path in an expression, or a keyword; neither a function nor a value."""
KEYWORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}
CONVERSE_PATH = re.compile(r"/model/(arn:.+)/converse")


def add_namespace_to_request_context() -> None:
    """Add the condition key `cloudwatch:namespace` to the context of PutMetricData.

    AWS: The key contains the namespace of the metrics
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html).

    MiniStack: Evaluates conditions, but leaves this key out, so that a role that may put metrics into a
    single namespace (requirement U4) may put none.
    """
    context_of_tags = iam_actions.request_tag_context

    def request_context(service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
        namespace = namespace_of_metrics(action, body)
        context: dict[str, Any] = context_of_tags(service, action, body, parameters)
        return context if namespace is None else {**context, NAMESPACE_KEY: namespace}

    iam_actions.request_tag_context = request_context


def add_attributes_of_updates_to_request_context() -> None:
    """Add the condition keys `dynamodb:Attributes` and `dynamodb:ReturnValues` to the context of UpdateItem.

    AWS: The first contains the names of the top-level attributes of a request, including the key's
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html). This patch
    counts those in conditions too.

    MiniStack: Reads attributes from projections only, so that `ForAllValues` allows every update.
    """
    context_of_request = iam_actions.request_tag_context

    def request_context(service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = context_of_request(service, action, body, parameters)
        return {**context, **context_of_update(action, body)}

    iam_actions.request_tag_context = request_context


def add_precondition_to_request_context() -> None:
    """Add the condition key `s3:if-none-match` to the context of PutObject.

    AWS: The key contains the header `If-None-Match`, so that a policy can require it
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html).

    MiniStack: Leaves it out.
    """
    context_of_request = iam_actions.s3_service_context

    def request_context(action: str, query: Any, path: str = "", headers: Any = None) -> dict[str, Any]:  # noqa: ANN401
        context: dict[str, Any] = context_of_request(action, query, path, headers)
        if action == "s3:PutObject" and "if-none-match" in (headers or {}):
            context["s3:if-none-match"] = headers["if-none-match"]
        return context

    iam_actions.s3_service_context = request_context


def authorize_converse_as_invoke_model() -> None:
    """Authorize a call of Bedrock's Converse as `bedrock:InvokeModel` on the ARN of the model (F5).

    AWS: Converse has no separate action
    (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html).

    MiniStack: Evaluates an action `bedrock:Converse`, on a model whose name is the whole ARN.
    """
    extract_action, extract_resource = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def action(service: str, method: str, path: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        if model_of_converse(service, path):
            return "bedrock:InvokeModel"
        return extract_action(service, method, path, *arguments, **options)

    def resource(service: str, method: str, path: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        model = model_of_converse(service, path)
        return model or extract_resource(service, method, path, *arguments, **options)

    iam_actions.extract_iam_action, iam_actions.extract_resource_arn = action, resource


def namespace_of_metrics(action: str, body: bytes) -> str | None:
    """Return the namespace in a request of PutMetricData; None for any other request.

    Of CloudWatch's protocols only JSON is read, the one that the pinned SDK uses. A request in another has no
    namespace here, so that a policy with the condition does not allow it.
    """
    if action != "cloudwatch:PutMetricData":
        return None
    namespace = _json_object(body).get("Namespace")
    return namespace if isinstance(namespace, str) else None


def context_of_update(action: str, body: bytes) -> dict[str, Any]:
    """Return the condition keys of a request of UpdateItem; none for any other request."""
    if action != "dynamodb:UpdateItem":
        return {}
    content = _json_object(body)
    placeholders = content.get("ExpressionAttributeNames", {})
    names = {
        name
        for expression in ("UpdateExpression", "ConditionExpression")
        for name in ATTRIBUTE.findall(content.get(expression, ""))
        if name.upper() not in KEYWORDS
    }
    for parameter in ("Key", "AttributeUpdates", "Expected"):
        names |= content.get(parameter, {}).keys()
    return {
        "dynamodb:Attributes": sorted(placeholders.get(name, name) for name in names),
        "dynamodb:ReturnValues": content.get("ReturnValues", "NONE"),
    }


def _json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; an empty one if there is none."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def model_of_converse(service: str, path: str) -> str | None:
    """Return the ARN of the model in a call of Converse; None for other calls and models named by id."""
    match = CONVERSE_PATH.fullmatch(unquote(path)) if service == "bedrock-runtime" else None
    return match and match[1]
