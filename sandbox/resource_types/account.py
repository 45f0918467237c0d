"""Data sources about the account, the partition and the region."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Call, ResourceType

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "data.aws_caller_identity": ResourceType(
        "sts",
        Call(
            "GetCallerIdentity",
            returns={"account_id": "Account", "id": "Account", "arn": "Arn", "user_id": "UserId"},
        ),
    ),
    "data.aws_partition": ResourceType(
        "sts",
        computed={
            "id": "{partition}",
            "partition": "{partition}",
            "dns_suffix": "amazonaws.com",
            "reverse_dns_prefix": "com.amazonaws",
        },
    ),
    "data.aws_region": ResourceType(
        "sts",
        computed={"id": "{region}", "region": "{region}", "name": "{region}"},
    ),
}
