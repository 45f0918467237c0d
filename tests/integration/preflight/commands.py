"""Run the commands of the AWS CLI that findings and documents contain, with boto3."""

import shlex
from typing import Any

from botocore import xform_name

from tests.integration.accounts import Account

PRESENTATION = ("query", "output")
"""The options of the CLI that only change what it prints."""


def run_commands(account: Account, text: str) -> None:
    """Call what the commands in a text call, which begins with `aws` and joins them with `&&`.

    Args:
        account: The account whose credentials are used.
        text: `aws SERVICE OPERATION --option value ... && aws ...`.
    """
    for command in text.split(" && "):
        program, service, operation, *words = shlex.split(command)
        assert program == "aws", command
        options = _options(words)
        client = account.clients(service, options.pop("region", "us-east-1"))
        method = operation.replace("-", "_")
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
        members = {xform_name(member, "-"): member for member in model.input_shape.members}
        getattr(client, method)(
            **{members[name]: value for name, value in options.items() if name not in PRESENTATION}
        )


def _options(words: list[str]) -> dict[str, Any]:
    """Return the options of a command; True for an option without a value."""
    options: dict[str, Any] = {}
    for word in words:
        if word.startswith("--"):
            name = word.removeprefix("--")
            options[name] = True
        else:
            options[name] = word
    return options
