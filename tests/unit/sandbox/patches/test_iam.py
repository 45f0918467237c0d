import json
from urllib.parse import quote

import pytest
from ministack.core import iam_actions

from sandbox.patches import iam
from synthesized.stack import JSON


def body(content: JSON) -> bytes:
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("action", "request_body", "namespace"),
    [
        ("cloudwatch:PutMetricData", body({"Namespace": "Mine", "MetricData": []}), "Mine"),
        ("cloudwatch:PutMetricData", body({"MetricData": []}), None),
        ("cloudwatch:PutMetricData", body({"Namespace": ["Mine"]}), None),
        ("cloudwatch:PutMetricData", body(["Mine"]), None),
        ("cloudwatch:PutMetricData", b"Action=PutMetricData&Namespace=Mine", None),
        ("cloudwatch:PutMetricData", b"\xbfiNamespacedMine\xff", None),
        ("cloudwatch:GetMetricData", body({"Namespace": "Mine"}), None),
    ],
)
def test_namespace_is_read_from_put_metric_data(
    action: str, request_body: bytes, namespace: str | None
) -> None:
    assert iam.namespace_of_metrics(action, request_body) == namespace


ARN = "arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0"


@pytest.mark.parametrize(
    ("service", "path", "model"),
    [
        ("bedrock-runtime", f"/model/{quote(ARN, safe='')}/converse", ARN),
        ("bedrock-runtime", f"/model/{ARN}/converse", ARN),
        ("bedrock-runtime", "/model/a.b-v1:0/converse", None),
        ("bedrock-runtime", f"/model/{ARN}/invoke", None),
        ("s3", f"/model/{ARN}/converse", None),
    ],
)
def test_converse_is_authorized_as_invoke_model(
    monkeypatch: pytest.MonkeyPatch, service: str, path: str, model: str | None
) -> None:
    monkeypatch.setattr(iam_actions, "extract_iam_action", lambda *_, **__: "unpatched")
    monkeypatch.setattr(iam_actions, "extract_resource_arn", lambda *_, **__: "unpatched")
    iam.authorize_converse_as_invoke_model()
    assert iam_actions.extract_iam_action(service, "POST", path, {}, {}, b"") == (
        "bedrock:InvokeModel" if model else "unpatched"
    )
    assert iam_actions.extract_resource_arn(service, "POST", path, {}, {}, b"") == (model or "unpatched")


def test_namespace_is_added_to_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_actions, "request_tag_context", lambda *_: {"aws:TagKeys": ["a"]})
    iam.add_namespace_to_request_context()
    context = iam_actions.request_tag_context(
        "monitoring", "cloudwatch:PutMetricData", body({"Namespace": "Mine"}), {}
    )
    assert context == {"aws:TagKeys": ["a"], "cloudwatch:namespace": "Mine"}
