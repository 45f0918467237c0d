"""CloudWatch log groups."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from infra.constructs.key import Key


class LogGroup(Construct):
    """An encrypted log group.

    Terraform creates it before the resources that write to it, so their roles do not need to create it.

    Args:
        name: Name of the group.
        key: Key that encrypts the events.
        retention_days: Days until an event is deleted.

    Attributes:
        name: Name of the group.
        arn: ARN of the group, without the `:*` that IAM statements append.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, key: Key, retention_days: int) -> None:
        super().__init__(scope, id)
        group = CloudwatchLogGroup(
            self, "group", name=name, kms_key_id=key.arn, retention_in_days=retention_days
        )
        self.name: str = group.name
        self.arn: str = group.arn
