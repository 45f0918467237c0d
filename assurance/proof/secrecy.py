"""What no answer and no line of a log may carry."""

import json
from typing import Any

from assurance.loaded_stack import LoadedStack

NAMES = {
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
"""The attribute that is the internal name of a resource, by its type."""

TRACES = ("Traceback", 'File "', "botocore", "handlers.", "/var/task", "site-packages")
MEANT_IN_ANSWERS = ("execution_arn", "upload", "url")
"""The ARN of one's own execution (Q2), and presigned requests, which name their bucket (F4)."""
MEANT_IN_LOGS = ("execution_arn", "function_arn", "function_name")
"""The same ARN, and what a function's own log group is called after anyway."""


class Secrecy:
    """Knows the secrets and internal names of a loaded stack, and finds them in texts."""

    def __init__(self, stack: LoadedStack) -> None:
        self._stack = stack
        keys = stack.client("apigateway").get_api_keys(includeValues=True)["items"]
        secret = stack.client("secretsmanager").get_secret_value(
            SecretId=stack.loaded.outputs["uploads-secret-arn"]
        )
        self._secrets = [key["value"] for key in keys] + [json.loads(secret["SecretString"])["password"]]
        kinds = ((address.partition(".")[0], each) for address, each in stack.loaded.attributes.items())
        self._names = ["arn:aws", *(str(each[NAMES[kind]]) for kind, each in kinds if kind in NAMES)]

    def in_answer(self, headers: str, body: str) -> list[str]:
        """What is in an answer and should not be; secrets themselves are not shown."""
        return self._found(f"{headers}\n{_without(body, MEANT_IN_ANSWERS)}")

    def in_logs(self) -> tuple[int, list[str]]:
        """How many lines the functions of the stack have logged, and what should not be in them."""
        logs, lines, wrong = self._stack.client("logs"), 0, []
        for function in self._functions():
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
            for event in (event for page in pages for event in page["events"]):
                lines += 1
                found = self._found(_without(event["message"], MEANT_IN_LOGS))
                wrong += [f"{function}: {each} in {event['message'][:300]}" for each in found]
        return lines, wrong

    def _functions(self) -> list[str]:
        return [
            str(attributes["function_name"])
            for address, attributes in self._stack.loaded.attributes.items()
            if address.startswith("aws_lambda_function.")
        ]

    def _found(self, text: str) -> list[str]:
        secrets = ["a secret"] if any(secret in text for secret in self._secrets) else []
        return secrets + [each for each in (*self._names, *TRACES) if each in text]


def _without(text: str, meant: tuple[str, ...]) -> str:
    """A text, without these fields if it is a JSON object."""
    try:
        content: Any = json.loads(text)
    except ValueError:
        return text
    if not isinstance(content, dict):
        return text
    return json.dumps({name: value for name, value in content.items() if name not in meant})
