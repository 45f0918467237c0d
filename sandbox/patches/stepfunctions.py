"""Patches of Step Functions."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import stepfunctions

from sandbox.patches.responses import OK, Response


def keep_tracing_configuration() -> None:
    """Keep whether X-Ray traces a state machine.

    AWS: DescribeStateMachine returns the `tracingConfiguration` that the machine was created or updated with
    (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html).

    MiniStack: Drops it, and Terraform's second plan sets it again.
    """

    def keeping(call: Callable[[Mapping[str, Any]], Response]) -> Callable[[Mapping[str, Any]], Response]:
        def call_and_keep(data: Mapping[str, Any]) -> Response:
            response = call(data)
            arn = json.loads(response[2]).get("stateMachineArn", data.get("stateMachineArn"))
            if response[0] == OK and "tracingConfiguration" in data:
                stepfunctions._state_machines[arn]["tracingConfiguration"] = data["tracingConfiguration"]
            return response

        return call_and_keep

    stepfunctions._create_state_machine = keeping(stepfunctions._create_state_machine)
    stepfunctions._update_state_machine = keeping(stepfunctions._update_state_machine)
