"""Stacks for the checks of `python -m operations.preflight`, and the account that is prepared for them."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from operations.bootstrap import ensure_state
from operations.bootstrap.log_role import ensure_log_role
from operations.preflight import __main__ as command
from operations.preflight import preflight
from operations.preflight.requirements import Requirements
from synthesized.stack import Stack
from tests.integration.accounts import Account

CALLER = "${data.aws_caller_identity.caller.account_id}"
STATE_KEY = "a/terraform.tfstate"


def stack_of(
    name: str,
    *,
    state_region: str = "us-east-1",
    reserved: int | None = None,
    zones: tuple[str, ...] = ("us-east-1a", "us-east-1b"),
    runtime: str = "python3.14",
) -> dict[str, Any]:
    """Return a stack with what the checks read, whose names begin with `name`."""
    function: dict[str, Any] = {"function_name": f"{name}-function", "runtime": runtime}
    if reserved is not None:
        function["reserved_concurrent_executions"] = reserved
    return {
        "provider": {"aws": [{"region": "us-east-1"}]},
        "terraform": {
            "backend": {
                "s3": {
                    "bucket": f"{name}-state",
                    "key": STATE_KEY,
                    "region": state_region,
                    "kms_key_id": f"alias/{name}-state",
                }
            }
        },
        "resource": {
            "aws_s3_bucket": {"logs": {"bucket": f"{name}-logs"}, "files": {"bucket": f"{name}-{CALLER}"}},
            "aws_secretsmanager_secret": {"secret": {"name": f"{name}-secret"}},
            "aws_kms_alias": {"alias": {"name": f"alias/{name}"}},
            "aws_subnet": {zone: {"availability_zone": zone} for zone in zones},
            "aws_vpc_endpoint": {
                "s3": {"service_name": "com.amazonaws.us-east-1.s3", "vpc_endpoint_type": "Gateway"},
                "ssm": {"service_name": "com.amazonaws.us-east-1.ssm", "vpc_endpoint_type": "Interface"},
            },
            "aws_eip": {"nat": {"tags": {"Name": f"{name}-nat"}}},
            "aws_lambda_function": {"function": function},
            "aws_api_gateway_stage": {"stage": {"access_log_settings": {}}},
        },
    }


def bootstrap(account: Account, name: str, region: str = "us-east-1") -> None:
    """Create what `make bootstrap` creates."""
    alias = f"alias/{name}-state"
    ensure_state(account.clients, bucket=f"{name}-state", key_alias=alias, region=region, tags={"a": "b"})
    ensure_log_role(account.clients, region="us-east-1", tags={"a": "b"})


def save_state(account: Account, name: str, *addresses: str) -> None:
    """Write the state that Terraform writes after an apply of these resources."""
    resources = [
        {"mode": "managed", "type": address.partition(".")[0], "name": address.partition(".")[2]}
        for address in addresses
    ]
    body = json.dumps({"version": 4, "resources": resources})
    account("s3").put_object(Bucket=f"{name}-state", Key=STATE_KEY, Body=body)


def run(account: Account, directory: Path, stack: dict[str, Any]) -> Result:
    """Run the command."""
    (directory / "cdk.tf.json").write_text(json.dumps(stack))
    return CliRunner().invoke(command.app, [str(directory)], env=account.environment)


def lines(account: Account, stack: dict[str, Any]) -> list[str]:
    """Return the line of every check."""
    return [finding.line for finding in preflight(account.clients, Requirements.of(Stack(stack)))]


def problems(account: Account, stack: dict[str, Any]) -> list[str]:
    """Return the lines of the checks that do not pass."""
    findings = preflight(account.clients, Requirements.of(Stack(stack)))
    return [finding.line for finding in findings if not finding.passed]
