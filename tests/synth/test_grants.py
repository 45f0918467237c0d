import pytest
from cdktf import TerraformStack, Testing

from infra.constructs.account import Account
from infra.constructs.key import Key
from infra.constructs.policy import Statement
from infra.constructs.table import Table


class _Recorder:
    def __init__(self) -> None:
        self.policies: dict[str, tuple[Statement, ...]] = {}

    def add_to_role_policy(self, name: str, *statements: Statement) -> None:
        self.policies[name] = statements


def _table() -> Table:
    app = Testing.stub_version(Testing.app())
    stack = TerraformStack(app, "stack")
    account = Account(stack, "account", region="us-east-1")
    key = Key(stack, "key", alias="key", account=account, protected=False)
    return Table(stack, "things", name="things", key=key, ttl_attribute="t", protected=False)


def test_a_table_grants_what_is_asked_and_its_key_through_dynamodb() -> None:
    caller = _Recorder()
    _table().grant(caller, "GetItem")
    table, key = caller.policies["table-things"]
    assert table["Action"] == ["dynamodb:GetItem"]
    assert key["Action"] == ["kms:Decrypt"]
    assert key["Condition"]["StringEquals"]["kms:ViaService"] == "dynamodb.us-east-1.amazonaws.com"


def test_an_action_that_no_table_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\['GetThing'\] cannot be granted on a table; use \['DeleteItem'"):
        _table().grant(_Recorder(), "GetThing")
