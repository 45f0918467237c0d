"""The input of the audit: the Terraform JSON of the stack in several settings, and the policies in it."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assurance.audit.predicates import Attributes
from assurance.settings import settings_from
from infra.stack import synthesize
from synthesized.references import Expression, replace
from synthesized.stack import FILE, Block, Stack, path_in_stack

SETTINGS: dict[str, dict[str, str]] = {
    "development": {},
    "production": {"ENVIRONMENT": "production"},
    "everything": {
        "ENVIRONMENT": "production",
        "NAT_GATEWAYS": "per_zone",
        "HTTP_EGRESS": "closed",
        "INTERFACE_ENDPOINTS": "ssm,secretsmanager,kms,logs,states,sqs,monitoring,bedrock-runtime",
        "ALARM_EMAIL": "alarms@example.com",
        "CORS_ORIGINS": "https://one.example.com,https://two.example.com",
        "TASKS_AUTH": "iam",
        "RECORDS_MAX_CAPACITY": "20",
        "REQUESTS_STATE_MACHINE_TYPE": "EXPRESS",
        "FILES_CLIENTS": "first,second",
        "FILES_SUMMARY_MODELS": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    },
}
"""The defaults, production, and production with every setting that adds resources or changes grants."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
ARNS = {
    "aws_cloudwatch_log_group": ("logs", "log-group:", "name"),
    "aws_dynamodb_table": ("dynamodb", "table/", "name"),
    "aws_kms_key": ("kms", "key/11111111-2222-3333-4444-555555555555", None),
    "aws_secretsmanager_secret": ("secretsmanager", "secret:", "name"),
    "aws_sfn_state_machine": ("states", "stateMachine:", "name"),
    "aws_sns_topic": ("sns", "", "name"),
    "aws_sqs_queue": ("sqs", "", "name"),
}
"""By resource type that policies refer to: service, prefix of the resource, and attribute that follows it."""


@cache
def synthesized(setting: str) -> Stack:
    """Return the stack in one of `SETTINGS`."""
    with TemporaryDirectory() as directory:
        stack = synthesize(settings_from(**SETTINGS[setting]), Path(directory))
        return Stack.read(stack / FILE)


def write_inputs(stack: Stack, directory: Path) -> None:
    """Write the files that `tools.py` reads into a new directory.

    The section `terraform` is omitted: Checkov reads its content as blocks, fails at `required_version`, and
    still ends with 0.
    """
    directory.mkdir(parents=True)
    document = {block: content for block, content in stack.document.items() if block != "terraform"}
    (directory / "main.tf.json").write_text(json.dumps(document, indent=2))
    (directory / "policies.json").write_text(json.dumps(policies(stack)))


def policies(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the policies of roles (`identity`) and of other resources (`resource`), by construct path.

    References are replaced by plausible ARNs and names. A trust policy has no resource and gets its role's
    ARN, because parliament reads every policy as an identity policy.
    """
    documents: dict[str, dict[str, Any]] = {"identity": {}, "resource": {}}
    for resource_type, name, attributes in _with_policies(stack):
        document = json.loads(_without_references(stack, attributes[name]))
        if resource_type == "aws_iam_role":
            for statement in document["Statement"]:
                statement["Resource"] = f"arn:aws:iam::{ACCOUNT}:role/{attributes['name']}"
        group = "identity" if resource_type == "aws_iam_role_policy" else "resource"
        documents[group][path_in_stack(attributes)] = document
    return documents


def _with_policies(stack: Stack) -> Iterator[tuple[str, str, Attributes]]:
    """Yield resource type, name of the attribute and attributes for every policy."""
    for address, attributes in stack.resources().items():
        for name in ("policy", "assume_role_policy"):
            if name in attributes:
                yield address.partition(".")[0], name, attributes


def _without_references(stack: Stack, text: str) -> str:
    """Return a text with its references replaced by plausible values.

    Raises:
        KeyError: A policy refers to the ARN of a resource type that `ARNS` does not contain.
    """

    def value(expression: Expression) -> str:
        reference = expression.reference
        if reference is None:
            return expression.text
        if reference.qualified_type == "data.aws_caller_identity":
            return ACCOUNT
        block = stack.blocks[reference.address]
        if reference.attribute == "arn":
            return _arn(stack, block)
        return _without_references(stack, block.arguments[reference.attribute])

    return replace(text, value)


def _arn(stack: Stack, block: Block) -> str:
    if block.type == "aws_s3_bucket":
        return f"arn:aws:s3:::{_without_references(stack, block.arguments['bucket'])}"
    service, prefix, attribute = ARNS[block.type]
    name = "" if attribute is None else _without_references(stack, block.arguments[attribute])
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{prefix}{name}"
