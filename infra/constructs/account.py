"""The account and the region of the stack."""

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from constructs import Construct


class Account(Construct):
    """Looks up the account of the credentials in use.

    Attributes:
        id: Id of the account; Terraform resolves the reference.
        region: Name of the region, which is known at synth.
    """

    def __init__(self, scope: Construct, id: str, *, region: str) -> None:
        super().__init__(scope, id)
        self.id: str = DataAwsCallerIdentity(self, "caller").account_id
        self.region = region

    def arn(self, service: str, resource: str) -> str:
        """The ARN of `resource` of `service` in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"
