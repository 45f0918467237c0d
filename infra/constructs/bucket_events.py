"""What happens in a bucket, as events for functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from cdktf_cdktf_provider_aws.s3_bucket_notification import (
    S3BucketNotification,
    S3BucketNotificationLambdaFunction,
)
from constructs import Construct

from infra.constructs.account import Account
from infra.constructs.bucket import Bucket
from infra.constructs.function import Function


@dataclass(frozen=True)
class ObjectCreated:
    """New objects whose key has this prefix and this suffix; S3's filters are case-sensitive."""

    function: Function
    prefix: str = ""
    suffix: str = ""


class BucketEvents(Construct):
    """Everything that one bucket tells functions; a bucket has one notification configuration.

    S3 may call the functions for this bucket of this account alone, and the permission is there before S3
    tries it out. The functions' grants are there too: an event that came before them would be a dead letter.

    Attributes:
        notification: what is only promised once S3 calls the functions can wait for it.
    """

    def __init__(
        self, scope: Construct, id: str, *, bucket: Bucket, account: Account, rules: Sequence[ObjectCreated]
    ) -> None:
        super().__init__(scope, id)
        functions = {rule.function.node.id: rule.function for rule in rules}
        permissions = [
            LambdaPermission(
                self,
                f"permission-{name}",
                function_name=function.arn,
                action="lambda:InvokeFunction",
                principal="s3.amazonaws.com",
                source_arn=bucket.arn,
                source_account=account.id,
            )
            for name, function in functions.items()
        ]
        roles = [function.role for function in functions.values()]
        self.notification = S3BucketNotification(
            self,
            "notification",
            bucket=bucket.name,
            lambda_function=[
                S3BucketNotificationLambdaFunction(
                    lambda_function_arn=rule.function.arn,
                    events=["s3:ObjectCreated:*"],
                    filter_prefix=rule.prefix or None,
                    filter_suffix=rule.suffix or None,
                )
                for rule in rules
            ],
            depends_on=[*permissions, *(policy for role in roles for policy in role.policies)],
        )
        for role in roles:
            role.add_dependent(self.notification)
