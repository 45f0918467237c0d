"""Patches of how IAM evaluates a request."""

import json
import re
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions

NAMESPACE_KEY = "cloudwatch:namespace"
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
    try:
        content = json.loads(body)
    except ValueError:
        return None
    namespace = content.get("Namespace") if isinstance(content, dict) else None
    return namespace if isinstance(namespace, str) else None


def model_of_converse(service: str, path: str) -> str | None:
    """Return the ARN of the model in a call of Converse; None for other calls and models named by id."""
    match = CONVERSE_PATH.fullmatch(unquote(path)) if service == "bedrock-runtime" else None
    return match and match[1]
