"""Step Functions state machines."""

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
"""Actions that Step Functions needs to deliver logs
(https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html)."""

TRACING_ACTIONS = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)
"""Actions that Step Functions needs to send traces to X-Ray."""


class StateMachine(Construct):
    """A state machine with its role; it is traced, and logs all events without their data (Q3).

    Only state machines of this account can assume the role.

    Args:
        name: Name of the machine.
        role_name: Name of the role; IAM has a lower limit for names.
        type: `STANDARD` runs each execution name once in 90 days; `EXPRESS` costs less and does not
            remember names.
        definition: Definition in the Amazon States Language.
        account: Account of the machine.
        key: Key that encrypts the log group.
        log_retention_days: Retention of the log group.

    Attributes:
        name: Name of the machine.
        arn: ARN of the machine.
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
        trust_conditions = {"StringEquals": {"aws:SourceAccount": account.id}}
        self.role = Role(
            self,
            "role",
            name=role_name,
            service="states.amazonaws.com",
            trust_conditions=trust_conditions,
            execution=[
                policy.allow(LOG_DELIVERY_ACTIONS, ["*"]),  # these support no other resource
                policy.allow(TRACING_ACTIONS, ["*"]),  # nor do these
            ],
        )
        logs = LogGroup(  # this prefix keeps the resource policy of CloudWatch Logs below its limit
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
            depends_on=self.role.policies,  # Step Functions checks them when it creates the machine
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
        """Number of executions that ended with an error."""
        return Metric("AWS/States", "ExecutionsFailed", {"StateMachineArn": self.arn})
