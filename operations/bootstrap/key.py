"""The KMS key of Terraform's state."""

from collections.abc import Callable
from typing import Any

from operations.aws import Client, SetupError, code, found, patiently
from operations.bootstrap.steps import RIGHT, Say, Tags, ensure, tell


def ensure_key(kms: Client, alias: str, tags: Tags, say: Say) -> str:
    """Return the ARN of the key that the alias names."""

    def soon(call: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401 - what boto3 takes and gives
        return patiently(lambda: call(**arguments), lambda error: code(error) == "NotFoundException", say)

    named = found(lambda: kms.describe_key(KeyId=alias), "NotFoundException").get("KeyMetadata")
    key = named or _unnamed_key(kms, alias, tags)
    name = {"KeyId": key["KeyId"]}
    if key["KeyState"] != "Enabled":
        raise SetupError(
            f"{alias} names the key {key['KeyId']}, which is {key['KeyState']}: enable it again (aws kms"
            " cancel-key-deletion, enable-key), or set STATE_BUCKET to another name"
        )
    if not named:
        soon(kms.create_alias, AliasName=alias, TargetKeyId=key["KeyId"])
    tell(say, RIGHT if named else "made", f"key {alias}")
    rotates = soon(kms.get_key_rotation_status, **name)["KeyRotationEnabled"]
    ensure(say, f"key {alias}: rotation", rotates, lambda: soon(kms.enable_key_rotation, **name))
    tagged = {each["TagKey"]: each["TagValue"] for each in soon(kms.list_resource_tags, **name)["Tags"]}
    ensure(
        say,
        f"key {alias}: tags",
        tags.items() <= tagged.items(),
        lambda: kms.tag_resource(**name, Tags=_key_tags(tags)),
    )
    return str(key["Arn"])


def _unnamed_key(kms: Client, alias: str, tags: Tags) -> Any:  # noqa: ANN401 - what boto3 gives
    """Return a new key; or that of a run which ended before it named it: a key costs by the month."""
    description = f"Encrypts Terraform's state, by the name of {alias}"
    for page in kms.get_paginator("list_keys").paginate():
        for each in page["Keys"]:
            key = _seen(kms, each["KeyId"])
            if (key.get("Description"), key.get("KeyState")) == (description, "Enabled"):
                return key
    return kms.create_key(Description=description, Tags=_key_tags(tags))["KeyMetadata"]


def _seen(kms: Client, key: str) -> Any:  # noqa: ANN401 - what boto3 gives
    """Return what a key is; nothing where its own policy keeps us out."""
    return found(lambda: kms.describe_key(KeyId=key), "AccessDeniedException").get("KeyMetadata", {})


def _key_tags(tags: Tags) -> list[dict[str, str]]:
    return [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
