import json

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


def test_adds_to_what_a_request_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_actions, "request_tag_context", lambda *_: {"aws:TagKeys": ["a"]})
    emulator.add_condition_keys()
    context = iam_actions.request_tag_context(
        "monitoring", "cloudwatch:PutMetricData", body({"Namespace": "Mine"}), {}
    )
    assert context == {"aws:TagKeys": ["a"], "cloudwatch:namespace": "Mine"}
