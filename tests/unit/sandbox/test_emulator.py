import json
from urllib.parse import quote

import pytest
from ministack.core import iam_actions  # type: ignore[import-untyped]

from sandbox import emulator
from sandbox.document import JSON


def body(content: JSON) -> bytes:
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("action", "sent", "found"),
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
def test_finds_the_namespace_of_put_metric_data(action: str, sent: bytes, found: str | None) -> None:
    assert emulator.namespace(action, sent) == ({"cloudwatch:namespace": found} if found else {})


ARN = "arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0"


@pytest.mark.parametrize(
    ("service", "path", "found"),
    [
        ("bedrock-runtime", f"/model/{quote(ARN, safe='')}/converse", ARN),
        ("bedrock-runtime", f"/model/{ARN}/converse", ARN),
        ("bedrock-runtime", "/model/a.b-v1:0/converse", None),
        ("bedrock-runtime", f"/model/{ARN}/invoke", None),
        ("s3", f"/model/{ARN}/converse", None),
    ],
)
def test_finds_the_model_that_converses(
    monkeypatch: pytest.MonkeyPatch, service: str, path: str, found: str | None
) -> None:
    monkeypatch.setattr(iam_actions, "extract_iam_action", lambda *_, **__: "its own")
    monkeypatch.setattr(iam_actions, "extract_resource_arn", lambda *_, **__: "its own")
    emulator.judge_converse_as_aws_does()
    assert iam_actions.extract_iam_action(service, "POST", path, {}, {}, b"") == (
        "bedrock:InvokeModel" if found else "its own"
    )
    assert iam_actions.extract_resource_arn(service, "POST", path, {}, {}, b"") == (found or "its own")


def test_adds_to_what_a_request_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_actions, "request_tag_context", lambda *_: {"aws:TagKeys": ["a"]})
    emulator.add_condition_keys()
    context = iam_actions.request_tag_context(
        "monitoring", "cloudwatch:PutMetricData", body({"Namespace": "Mine"}), {}
    )
    assert context == {"aws:TagKeys": ["a"], "cloudwatch:namespace": "Mine"}
