"""The KMS key of Terraform's state."""

import json
from collections.abc import Callable
from typing import Any

from infra import policy
from operations.aws import Client, Report, SetupError, call_or_empty, error_code, retry_until_consistent
from operations.bootstrap.statements import normalized, statements
from operations.bootstrap.steps import UNCHANGED, Tags, ensure, report_step


def ensure_key(kms: Client, alias: str, tags: Tags, report: Report) -> str:
    """Return the ARN of the key with an alias; the key is created where there is none.

    Raises:
        SetupError: The key is not enabled, or has another policy than KMS's default. Whoever may create keys
            and aliases could have prepared one that lets others decrypt the state.
        ClientError, BotoCoreError: AWS refuses a call, or cannot be reached.
    """

    def retried(call: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401 - boto3's
        return retry_until_consistent(
            lambda: call(**arguments), lambda error: error_code(error) == "NotFoundException", report
        )

    existing = call_or_empty(lambda: kms.describe_key(KeyId=alias), "NotFoundException").get("KeyMetadata")
    key = existing or _key_without_alias(kms, alias, tags)
    key_id = {"KeyId": key["KeyId"]}
    if key["KeyState"] != "Enabled":
        raise SetupError(
            f"{alias} names the key {key['KeyId']}, which is {key['KeyState']}: enable it again (aws kms"
            " cancel-key-deletion, enable-key), or set STATE_BUCKET to another name"
        )
    _check_policy(key, alias, retried(kms.get_key_policy, **key_id)["Policy"])
    if not existing:
        retried(kms.create_alias, AliasName=alias, TargetKeyId=key["KeyId"])
    report_step(report, UNCHANGED if existing else "created", f"key {alias}")
    rotation = retried(kms.get_key_rotation_status, **key_id)["KeyRotationEnabled"]
    ensure(report, f"key {alias}: rotation", rotation, lambda: retried(kms.enable_key_rotation, **key_id))
    existing_tags = {
        tag["TagKey"]: tag["TagValue"] for tag in retried(kms.list_resource_tags, **key_id)["Tags"]
    }
    ensure(
        report,
        f"key {alias}: tags",
        tags.items() <= existing_tags.items(),
        lambda: kms.tag_resource(**key_id, Tags=_key_tags(tags)),
    )
    return str(key["Arn"])


def _key_without_alias(kms: Client, alias: str, tags: Tags) -> Any:  # noqa: ANN401 - boto3's
    """Return the key of a run that ended before it created the alias, or else a new key."""
    description = f"Encrypts Terraform's state, by the name of {alias}"
    for page in kms.get_paginator("list_keys").paginate():
        for listed in page["Keys"]:
            key = _describe(kms, listed["KeyId"])
            if (key.get("Description"), key.get("KeyState")) == (description, "Enabled"):
                return key
    return kms.create_key(Description=description, Tags=_key_tags(tags))["KeyMetadata"]


def _check_policy(key: Any, alias: str, document: str) -> None:  # noqa: ANN401 - boto3's
    """Refuse a key with another policy than the default.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = {"AWS": f"arn:aws:iam::{key['Arn'].split(':')[4]}:root"}
    default = policy.allow(["kms:*"], ["*"], principal=root)
    if list(map(normalized, statements(json.loads(document)))) != [normalized(default)]:
        raise SetupError(
            f"the key {key['KeyId']} for {alias} has another policy than KMS's default, so others than the"
            " account's administrators may decide who reads the state: find out who created the key; put the"
            " default policy (aws kms put-key-policy), or set STATE_BUCKET to another name"
        )


def _describe(kms: Client, key_id: str) -> Any:  # noqa: ANN401 - boto3's
    """Return the metadata of a key; nothing where the key's own policy denies it."""
    response = call_or_empty(lambda: kms.describe_key(KeyId=key_id), "AccessDeniedException")
    return response.get("KeyMetadata", {})


def _key_tags(tags: Tags) -> list[dict[str, str]]:
    return [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
