"""The AWS provider."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct


def add_provider(scope: Construct, *, region: str, tags: Mapping[str, str]) -> None:
    """Configure the AWS provider for `region`, with `tags` on all resources that support tags (P5)."""
    AwsProvider(scope, "aws", region=region, default_tags=[AwsProviderDefaultTags(tags=tags)])
