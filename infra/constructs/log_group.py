"""A CloudWatch log group."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from infra.constructs.key import Key


class LogGroup(Construct):
    """An encrypted log group that keeps its events for `retention_days`.

    It is made before whatever logs to it, which therefore needs no right to create it.

    Attributes:
        arn: without the `:*` that IAM wants after it.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, key: Key, retention_days: int) -> None:
        super().__init__(scope, id)
        group = CloudwatchLogGroup(
            self, "group", name=name, kms_key_id=key.arn, retention_in_days=retention_days
        )
        self.name: str = group.name
        self.arn: str = group.arn
