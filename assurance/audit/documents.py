"""What is audited: the Terraform JSON of the stack in several settings, and the policies in it."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assurance.audit.predicates import Attributes
from assurance.settings import settings_from
from infra.stack import synthesize
from synthesized.stack import Stack, path_in_stack

SETTINGS: dict[str, dict[str, str]] = {
    "development": {},
    "production": {"ENVIRONMENT": "production"},
    "everything": {
        "ENVIRONMENT": "production",
        "NAT_GATEWAYS": "per_zone",
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
"""The defaults, production, and production with all that makes further resources or other grants."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
REFERENCE = re.compile(r"\$\{((?:data\.)?\w+)\.([\w-]+)\.(\w+)}")
ARNS = {
    "aws_cloudwatch_log_group": ("logs", "log-group:", "name"),
    "aws_dynamodb_table": ("dynamodb", "table/", "name"),
    "aws_kms_key": ("kms", "key/11111111-2222-3333-4444-555555555555", None),
    "aws_secretsmanager_secret": ("secretsmanager", "secret:", "name"),
    "aws_sfn_state_machine": ("states", "stateMachine:", "name"),
    "aws_sns_topic": ("sns", "", "name"),
    "aws_sqs_queue": ("sqs", "", "name"),
}
"""For each type that policies name: the service, what begins the resource and the attribute that ends it."""


@cache
def synthesized(setting: str) -> Stack:
    """The stack in one of ``SETTINGS``, as Terraform would read it."""
    with TemporaryDirectory() as directory:
        stack = synthesize(settings_from(**SETTINGS[setting]), Path(directory))
        return Stack.read(stack / "cdk.tf.json")


def write(template: Stack, directory: Path) -> None:
    """Put down what ``tools.py`` reads.

    Without the block ``terraform`` (versions and the state's place): Checkov takes everything in it for a
    block of its own, fails at ``required_version`` and, for all that, ends with 0.
    """
    directory.mkdir(parents=True)
    document = {block: content for block, content in template.document.items() if block != "terraform"}
    (directory / "main.tf.json").write_text(json.dumps(document, indent=2))
    (directory / "policies.json").write_text(json.dumps(policies(template)))


def policies(template: Stack) -> dict[str, dict[str, Any]]:
    """The policies of roles (``identity``) and of anything else (``resource``), by construct path.

    References are replaced by plausible ARNs and names. A role's trust names no resource, for it is the role
    itself, and gets its ARN: parliament reads every policy as one of an identity.
    """
    found: dict[str, dict[str, Any]] = {"identity": {}, "resource": {}}
    for kind, name, attributes in _with_policies(template):
        document = json.loads(_plausible(template, attributes[name]))
        if kind == "aws_iam_role":
            for statement in document["Statement"]:
                statement["Resource"] = f"arn:aws:iam::{ACCOUNT}:role/{attributes['name']}"
        group = "identity" if kind == "aws_iam_role_policy" else "resource"
        found[group][path_in_stack(attributes)] = document
    return found


def _with_policies(template: Stack) -> Iterator[tuple[str, str, Attributes]]:
    for address, attributes in template.resources().items():
        for name in ("policy", "assume_role_policy"):
            if name in attributes:
                yield address.partition(".")[0], name, attributes


def _plausible(template: Stack, text: str) -> str:
    """The text with its references replaced.

    Raises:
        KeyError: a policy names what ``ARNS`` does not know.
    """

    def replace(match: re.Match[str]) -> str:
        kind, name, attribute = match.groups()
        if kind == "data.aws_caller_identity":
            return ACCOUNT
        attributes = template.document["resource"][kind][name]
        if attribute == "arn":
            return _arn(template, kind, attributes)
        return _plausible(template, attributes[attribute])

    return REFERENCE.sub(replace, text)


def _arn(template: Stack, kind: str, attributes: Attributes) -> str:
    if kind == "aws_s3_bucket":
        return f"arn:aws:s3:::{_plausible(template, attributes['bucket'])}"
    service, start, attribute = ARNS[kind]
    end = "" if attribute is None else _plausible(template, attributes[attribute])
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{start}{end}"
