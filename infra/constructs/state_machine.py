"""A Step Functions state machine with a role of its own."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from cdktf_cdktf_provider_aws.sfn_state_machine import (
    SfnStateMachine,
    SfnStateMachineLoggingConfiguration,
    SfnStateMachineTracingConfiguration,
)
from constructs import Construct

from infra import policy
from infra.constructs.account import Account
from infra.constructs.grants import Grantee
from infra.constructs.key import Key
from infra.constructs.log_group import LogGroup
from infra.constructs.monitoring import Metric
from infra.constructs.role import Role

Type = Literal["STANDARD", "EXPRESS"]

LOG_DELIVERY_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
"""What Step Functions asks of the role so that it can log
(https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html)."""

TRACING_ACTIONS = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)


class StateMachine(Construct):
    """A state machine that logs all events without their data, and is traced (Q3).

    Only executions of this account assume its role, which can do what is granted and no more.

    Args:
        name: of the machine.
        role_name: of its role, which IAM holds to another length.
        type: `STANDARD` runs a name once in 90 days; `EXPRESS` is cheaper and keeps no names.
        definition: in the Amazon States Language.

    Attributes:
        arn, name: of the machine.
        role: Role of the executions.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        role_name: str,
        type: Type,
        definition: Mapping[str, Any],
        account: Account,
        key: Key,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        of_account = {"StringEquals": {"aws:SourceAccount": account.id}}
        self.role = Role(
            self,
            "role",
            name=role_name,
            service="states.amazonaws.com",
            trust_conditions=of_account,
            execution=[
                policy.allow(LOG_DELIVERY_ACTIONS, ["*"]),  # they know no resources
                policy.allow(TRACING_ACTIONS, ["*"]),  # nor do these
            ],
        )
        logs = LogGroup(  # with this prefix, the log service's own policy does not grow with each machine
            self,
            "logs",
            name=f"/aws/vendedlogs/states/{name}",
            key=key,
            retention_days=log_retention_days,
        )
        machine = SfnStateMachine(
            self,
            "machine",
            name=name,
            type=type,
            role_arn=self.role.arn,
            definition=json.dumps(definition),
            logging_configuration=SfnStateMachineLoggingConfiguration(
                level="ALL", include_execution_data=False, log_destination=f"{logs.arn}:*"
            ),
            tracing_configuration=SfnStateMachineTracingConfiguration(enabled=True),
            depends_on=self.role.policies,  # tried out when the machine is made
        )
        self.arn: str = machine.arn
        self.name: str = machine.name

    def grant(self, *statements: policy.Statement) -> None:
        """Add statements to the role; see `Role.grant`."""
        self.role.grant(*statements)

    def grant_start(self, grantee: Grantee) -> None:
        """Allow `states:StartExecution` of this machine."""
        grantee.grant(policy.allow(["states:StartExecution"], [self.arn]))

    def metric_failed(self) -> Metric:
        """Executions that ended in an error."""
        return Metric("AWS/States", "ExecutionsFailed", {"StateMachineArn": self.arn})
