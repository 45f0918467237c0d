"""Finds secrets, stack traces and internal names in responses and logs."""

import json
from typing import Any

from assurance.loaded_stack import LoadedStack

NAME_ATTRIBUTES = {
    "aws_dynamodb_table": "name",
    "aws_iam_role": "name",
    "aws_kms_key": "key_id",
    "aws_lambda_function": "function_name",
    "aws_s3_bucket": "bucket",
    "aws_secretsmanager_secret": "name",
    "aws_sfn_state_machine": "name",
    "aws_sqs_queue": "name",
    "aws_ssm_parameter": "name",
}
"""By resource type: the attribute that is an internal name."""

TRACES = ("Traceback", 'File "', "botocore", "handlers.", "/var/task", "site-packages")
INTENDED_IN_RESPONSES = ("execution_arn", "upload", "url")
"""The ARN of the caller's own execution (Q2), and presigned requests, which name the bucket (F4)."""
INTENDED_IN_LOGS = ("execution_arn", "function_arn", "function_name")
"""The same ARN, and the function's name, which is also that of its log group."""


class Secrecy:
    """Knows the secrets and internal names of a loaded stack, and finds them in text."""

    def __init__(self, stack: LoadedStack) -> None:
        self._stack = stack
        keys = stack.client("apigateway").get_api_keys(includeValues=True)["items"]
        secret = stack.client("secretsmanager").get_secret_value(
            SecretId=stack.loaded.outputs["uploads-secret-arn"]
        )
        self._secrets = [key["value"] for key in keys] + [json.loads(secret["SecretString"])["password"]]
        self._names = ["arn:aws"]
        for address, attributes in stack.loaded.attributes.items():
            name_attribute = NAME_ATTRIBUTES.get(address.partition(".")[0])
            if name_attribute:
                self._names.append(str(attributes[name_attribute]))

    def leaks_in_response(self, headers: str, body: str) -> list[str]:
        """Return what a response must not contain; secrets themselves are not shown."""
        return self._leaks(f"{headers}\n{_without(body, INTENDED_IN_RESPONSES)}")

    def leaks_in_logs(self) -> tuple[int, list[str]]:
        """Return the number of lines that the stack's functions logged, and what these must not contain."""
        logs, lines, leaks = self._stack.client("logs"), 0, []
        for function in self._functions():
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
            for event in (event for page in pages for event in page["events"]):
                lines += 1
                message = event["message"]
                leaks += [
                    f"{function}: {leak} in {message[:300]}"
                    for leak in self._leaks(_without(message, INTENDED_IN_LOGS))
                ]
        return lines, leaks

    def _functions(self) -> list[str]:
        return [
            str(attributes["function_name"])
            for address, attributes in self._stack.loaded.attributes.items()
            if address.startswith("aws_lambda_function.")
        ]

    def _leaks(self, text: str) -> list[str]:
        secrets = ["a secret"] if any(secret in text for secret in self._secrets) else []
        return secrets + [name for name in (*self._names, *TRACES) if name in text]


def _without(text: str, fields: tuple[str, ...]) -> str:
    """Return a text without the given fields if it is a JSON object, else unchanged."""
    try:
        content: Any = json.loads(text)
    except ValueError:
        return text
    if not isinstance(content, dict):
        return text
    return json.dumps({name: value for name, value in content.items() if name not in fields})
