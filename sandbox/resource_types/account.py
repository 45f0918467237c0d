"""What a stack asks of the account it is in."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Call, Kind

KINDS: Mapping[str, Kind] = {
    "data.aws_caller_identity": Kind(
        "sts",
        Call(
            "GetCallerIdentity",
            returns={"account_id": "Account", "id": "Account", "arn": "Arn", "user_id": "UserId"},
        ),
    ),
    "data.aws_partition": Kind(
        "sts",
        composed={
            "id": "{partition}",
            "partition": "{partition}",
            "dns_suffix": "amazonaws.com",
            "reverse_dns_prefix": "com.amazonaws",
        },
    ),
    "data.aws_region": Kind(
        "sts",
        composed={"id": "{region}", "region": "{region}", "name": "{region}"},
    ),
}
