"""Roles collect their statements, in any order of grants."""

import json

import cdktf
import pytest
from constructs import Construct

from assurance.settings import settings_from
from infra import policy
from infra.constructs.bucket_events import BucketEvents, ObjectCreated
from infra.constructs.code import Code
from infra.constructs.function import Function
from infra.constructs.openapi import Operation
from infra.constructs.rest_api import RestApi
from infra.constructs.role import Role
from infra.packaging import handlers_zip
from infra.platform import Platform
from infra.policy import PolicySizeError
from tests.template import Attributes, Template


class _Stack:
    """A plain stack with a platform and a function `reader`."""

    def __init__(self) -> None:
        self.scope = cdktf.TerraformStack(cdktf.Testing.app(), "stack")
        self.platform = Platform(self.scope, "platform", settings=settings_from())
        archive = handlers_zip("records")
        self.reader: Function = self.platform.function(
            self.scope,
            "reader",
            name="reader",
            handler="handlers.records.reader.handler",
            code=Code(self.scope, "code", archive=archive, bucket=self.platform.deploy_bucket),
            size=self.platform.settings.records.reader,
            environment={},
        )

    def api(self) -> RestApi:
        """An API with a route to the function, not yet deployed."""
        api = self.platform.rest_api(
            self.scope, "api", name="api", auth="none", settings=self.platform.settings.tasks
        )
        api.route("/", {"GET": Operation(name="read", function=self.reader, response=None)})
        return api

    def template(self) -> Template:
        return Template(json.loads(json.dumps(self.scope.to_terraform())))

    def grants(self) -> list[Attributes]:
        """The statements that allow the function to call DynamoDB."""
        return [
            statement
            for address, statement in self.template().policies()
            if "reader" in address and "dynamodb:" in str(statement["Action"])
        ]


def test_a_table_can_be_granted_twice_to_a_function() -> None:
    stack = _Stack()
    table = stack.platform.table(stack.scope, "things", name="things")
    table.grant(stack.reader, "GetItem")
    table.grant(stack.reader, "PutItem")
    table.grant(stack.reader, "GetItem")
    assert [statement["Action"] for statement in stack.grants()] == [
        ["dynamodb:GetItem"],
        ["dynamodb:PutItem"],
    ]


def test_two_tables_with_the_same_id_in_different_scopes_can_be_granted() -> None:
    stack = _Stack()
    for name in ("first", "second"):
        table = stack.platform.table(Construct(stack.scope, name), "table", name=name)
        table.grant(stack.reader, "GetItem")
    assert len({str(statement["Resource"]) for statement in stack.grants()}) == 2


def test_a_stage_depends_on_grants_that_follow_the_route() -> None:
    stack = _Stack()
    table = stack.platform.table(stack.scope, "things", name="things")
    api = stack.api()
    table.grant(stack.reader, "GetItem")
    api.deploy()
    stage = stack.template().resource("aws_api_gateway_stage", "api/stage")
    assert _dynamodb_policies(stack) <= set(stage["depends_on"])


def test_a_stage_depends_on_grants_that_follow_the_deployment() -> None:
    stack = _Stack()
    table = stack.platform.table(stack.scope, "things", name="things")
    stack.api().deploy()
    table.grant(stack.reader, "GetItem")
    stage = stack.template().resource("aws_api_gateway_stage", "api/stage")
    assert _dynamodb_policies(stack) <= set(stage["depends_on"])


def test_a_notification_depends_on_grants_that_follow_it() -> None:
    stack = _Stack()
    bucket = stack.platform.bucket(stack.scope, "bucket", name="bucket")
    BucketEvents(
        stack.scope,
        "events",
        bucket=bucket,
        account=stack.platform.account,
        rules=[ObjectCreated(stack.reader)],
    )
    stack.platform.table(stack.scope, "things", name="things").grant(stack.reader, "GetItem")
    notification = stack.template().resource("aws_s3_bucket_notification", "events/notification")
    assert _dynamodb_policies(stack) <= set(notification["depends_on"])


def test_a_role_without_statements_has_no_policy() -> None:
    scope = cdktf.TerraformStack(cdktf.Testing.app(), "stack")
    Role(scope, "role", name="r", service="lambda.amazonaws.com")
    synthesized = cdktf.Testing.synth(scope)
    assert cdktf.Testing.to_have_resource_with_properties(synthesized, "aws_iam_role", {"name": "r"})
    assert not cdktf.Testing.to_have_resource(synthesized, "aws_iam_role_policy")


def test_a_role_has_one_policy_for_its_service_and_one_for_its_grants() -> None:
    scope = cdktf.TerraformStack(cdktf.Testing.app(), "stack")
    role = Role(scope, "role", name="r", service="lambda.amazonaws.com", execution=[_allow("a"), _allow("a")])
    role.grant(_allow("b"), _allow("b"))
    role.grant(_allow("c"))
    role.grant(_allow("b"))
    policies = Template(json.loads(cdktf.Testing.synth(scope))).resources("aws_iam_role_policy").values()
    assert {attributes["name"]: json.loads(attributes["policy"])["Statement"] for attributes in policies} == {
        "execution": [_allow("a")],
        "grants": [_allow("b"), _allow("c")],
    }


def test_policies_over_the_limit_of_iam_are_refused() -> None:
    scope = cdktf.TerraformStack(cdktf.Testing.app(), "stack")
    role = Role(scope, "role", name="r", service="lambda.amazonaws.com", execution=[_allow("x" * 5_000)])
    role.grant(_allow("y" * 5_000))
    with pytest.raises(
        PolicySizeError, match=r"role 'r' have at least 10,\d{3} characters; IAM allows 10,240"
    ):
        role.grant(_allow("z" * 200))


def test_references_count_as_the_shortest_value() -> None:
    scope = cdktf.TerraformStack(cdktf.Testing.app(), "stack")
    role = Role(scope, "role", name="r", service="lambda.amazonaws.com")
    role.grant(policy.allow(["s3:GetObject"], [role.arn] * 600))
    with pytest.raises(PolicySizeError):
        role.grant(policy.allow(["s3:GetObject"], [role.arn] * 700))


def _allow(resource: str) -> policy.Statement:
    return policy.allow(["s3:GetObject"], [resource])


def _dynamodb_policies(stack: _Stack) -> set[str]:
    policies = stack.template().resources("aws_iam_role_policy")
    granting = {address for address, attributes in policies.items() if "dynamodb:" in attributes["policy"]}
    assert granting
    return granting
