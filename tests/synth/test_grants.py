from typing import Any

import cdktf
import pytest

from infra.constructs.account import Account
from infra.constructs.bucket import Bucket, LogBucket
from infra.constructs.key import Key
from infra.constructs.table import Table
from infra.policy import Statement


class _Recorder:
    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def grant(self, *statements: Statement) -> None:
        self.statements += statements


def _table() -> Table:
    app = cdktf.Testing.stub_version(cdktf.Testing.app())
    stack = cdktf.TerraformStack(app, "stack")
    account = Account(stack, "account", region="us-east-1")
    key = Key(stack, "key", alias="key", account=account, protected=False)
    return Table(stack, "things", name="things", key=key, ttl_attribute="t", protected=False)


def test_a_table_grants_the_given_actions_and_its_key_through_dynamodb() -> None:
    caller = _Recorder()
    _table().grant(caller, "GetItem")
    table, key = caller.statements
    assert table["Action"] == ["dynamodb:GetItem"]
    assert key["Action"] == ["kms:Decrypt"]
    assert key["Condition"]["StringEquals"]["kms:ViaService"] == "dynamodb.us-east-1.amazonaws.com"


def _bucket(*, encrypted: bool) -> Bucket:
    stack = cdktf.TerraformStack(cdktf.Testing.stub_version(cdktf.Testing.app()), "stack")
    account = Account(stack, "account", region="us-east-1")
    key = Key(stack, "key", alias="key", account=account, protected=False)
    protection: dict[str, Any] = {"protected": False, "force_destroy": True}
    logs = LogBucket(stack, "logs", name="logs", account=account, **protection)
    return Bucket(stack, "b", name="b", log_bucket=logs, key=key if encrypted else None, **protection)


def test_a_bucket_grants_the_given_actions_and_its_key_through_s3() -> None:
    caller = _Recorder()
    _bucket(encrypted=True).grant(caller, "PutObject", "ListBucket", prefix="in/")
    objects, bucket, key = caller.statements
    assert (objects["Action"], bucket["Action"]) == (["s3:PutObject"], ["s3:ListBucket"])
    assert objects["Resource"] == [f"{bucket['Resource'][0]}/in/*"]
    assert key["Action"] == ["kms:GenerateDataKey"]
    caller = _Recorder()
    _bucket(encrypted=False).grant(caller, "GetObject")
    assert len(caller.statements) == 1


def test_an_unknown_bucket_action_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"\['DeleteObject'\] cannot be granted on a bucket; use \['GetObj"):
        _bucket(encrypted=True).grant(_Recorder(), "DeleteObject")


def test_an_unknown_table_action_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"\['GetThing'\] cannot be granted on a table; use \['DeleteItem'"):
        _table().grant(_Recorder(), "GetThing")
