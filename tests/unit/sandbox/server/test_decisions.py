import io
import json
from types import SimpleNamespace

import pytest
from ministack.core import iam_evaluator

from sandbox.server.decisions import record_decisions


@pytest.mark.parametrize(
    ("principal", "refusal", "decision"),
    [
        ("arn:aws:sts::1:assumed-role/a/b", None, "Allow"),
        ("arn:aws:sts::1:assumed-role/a/b", SimpleNamespace(decision="ImplicitDeny"), "ImplicitDeny"),
        ("arn:aws:sts::1:assumed-role/a/b", object(), "Deny"),  # unknown credentials
        ("arn:aws:iam::1:root", None, None),
    ],
    ids=["allowed", "refused", "unknown", "root"],
)
def test_decisions_about_all_but_the_root_are_recorded(
    monkeypatch: pytest.MonkeyPatch, principal: str, refusal: object, decision: str | None
) -> None:
    monkeypatch.setattr(iam_evaluator, "enforce", lambda *_, **__: refusal)
    monkeypatch.setattr(iam_evaluator, "caller_arn", lambda: principal)
    file = io.StringIO()
    record_decisions(file)
    assert iam_evaluator.enforce("key", "s3:GetObject", "s3", "us-east-1", resource_arn="arn") is refusal
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    request = {"principal": principal, "action": "s3:GetObject", "resource": "arn"}
    assert lines == ([{**request, "decision": decision}] if decision else [])
