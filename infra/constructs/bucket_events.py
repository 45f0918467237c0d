"""Events of a bucket that invoke functions."""

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
    """A new object with this prefix and suffix invokes a function; S3's filters are case-sensitive.

    Attributes:
        function: Function that S3 invokes.
        prefix: Prefix of the objects' keys; all by default.
        suffix: Suffix of the objects' keys; all by default.
    """

    function: Function
    prefix: str = ""
    suffix: str = ""


class BucketEvents(Construct):
    """The notification configuration of a bucket; a bucket has only one.

    S3 may invoke the functions only for this bucket of this account. The configuration depends on these
    permissions, because S3 verifies them, and on the grants of the functions: without them, early events
    would become dead letters.

    Args:
        bucket: Bucket that sends the events.
        account: Account of the bucket.
        rules: Events and the functions that they invoke.

    Attributes:
        notification: Resource of the configuration, on which other resources can depend.
    """

    def __init__(
        self, scope: Construct, id: str, *, bucket: Bucket, account: Account, rules: Sequence[ObjectCreated]
    ) -> None:
        super().__init__(scope, id)
        functions = list(dict.fromkeys(rule.function for rule in rules))
        permissions = [
            LambdaPermission(
                self,
                f"permission-{function.node.id}",
                function_name=function.arn,
                action="lambda:InvokeFunction",
                principal="s3.amazonaws.com",
                source_arn=bucket.arn,
                source_account=account.id,
            )
            for function in functions
        ]
        roles = [function.role for function in functions]
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
