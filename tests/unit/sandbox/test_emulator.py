import io
import json
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped]

from sandbox.engines.loader.document import JSON
from sandbox.server import program as emulator


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


@pytest.mark.parametrize(
    ("principal", "refusal", "noted"),
    [
        ("arn:aws:sts::1:assumed-role/a/b", None, "Allow"),
        ("arn:aws:sts::1:assumed-role/a/b", SimpleNamespace(decision="ImplicitDeny"), "ImplicitDeny"),
        ("arn:aws:sts::1:assumed-role/a/b", object(), "Deny"),  # of credentials that nobody has
        ("arn:aws:iam::1:root", None, None),
    ],
    ids=["allowed", "refused", "unknown", "root"],
)
def test_notes_what_iam_decides_on_all_but_the_root(
    monkeypatch: pytest.MonkeyPatch, principal: str, refusal: object, noted: str | None
) -> None:
    monkeypatch.setattr(iam_evaluator, "enforce", lambda *_, **__: refusal)
    monkeypatch.setattr(iam_evaluator, "caller_arn", lambda: principal)
    file = io.StringIO()
    emulator.note_decisions(file)
    assert iam_evaluator.enforce("key", "s3:GetObject", "s3", "us-east-1", resource_arn="arn") is refusal
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    told = {"principal": principal, "action": "s3:GetObject", "resource": "arn"}
    assert lines == ([{**told, "decision": noted}] if noted else [])


def test_adds_to_what_a_request_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_actions, "request_tag_context", lambda *_: {"aws:TagKeys": ["a"]})
    emulator.add_condition_keys()
    context = iam_actions.request_tag_context(
        "monitoring", "cloudwatch:PutMetricData", body({"Namespace": "Mine"}), {}
    )
    assert context == {"aws:TagKeys": ["a"], "cloudwatch:namespace": "Mine"}
