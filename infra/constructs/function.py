"""A Lambda function with a role of its own."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
)
from constructs import Construct

from infra.constructs import policy
from infra.constructs.account import Account
from infra.constructs.code import RUNTIME, Code, Layer
from infra.constructs.key import Key
from infra.constructs.log_group import LogGroup
from infra.constructs.monitoring import Metric
from infra.constructs.network import Network

MANAGED_POLICIES = (
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
)
"""AWS's policies for logs, network interfaces and X-Ray (T2)."""


class Function(Construct):
    """A function in the private subnets, traced, with its role and its log group (P8).

    The log group ``/aws/lambda/<name>`` is made first and the role may not create one: a log line that
    comes late would otherwise bring a destroyed group back, unencrypted, and fail the next deploy.

    The environment is encrypted with ``key``. Lambda grants the key to the role that it finds at creation,
    and a role that is made anew under the same name has no part in that grant; so the role may decrypt the
    function's environment by itself as well (docs/decisions/0006-roles-made-anew.md).

    The handlers write JSON themselves: with Lambda's own JSON format, its log level would override theirs.

    Args:
        name: of the function and of its role.
        handler: dotted path of the entry point, as ``handlers.tasks.get.handler``.
        environment: variables; the values are no secrets (they are in the plan).
        reserved_concurrency: none by default, since a new account has 10 to share.

    Attributes:
        name, arn: of the function.
        invoke_arn: what API Gateway calls, made of the name alone, so that an API's deployment does not
            depend on the function: its ``create_before_destroy`` would spread to all that the function
            stands on (docs/decisions/0006-roles-made-anew.md).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        handler: str,
        code: Code,
        layer: Layer,
        network: Network,
        key: Key,
        account: Account,
        architecture: str,
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_seconds: int,
        log_retention_days: int,
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._role = IamRole(self, "role", name=name, assume_role_policy=policy.trust("lambda.amazonaws.com"))
        arn = account.arn("lambda", f"function:{name}")
        self._let_decrypt_environment(arn, key)
        logs = LogGroup(self, "logs", name=f"/aws/lambda/{name}", key=key, retention_days=log_retention_days)
        function = LambdaFunction(
            self,
            "function",
            function_name=name,
            role=self._role.arn,
            handler=handler,
            runtime=RUNTIME,
            architectures=[architecture],
            s3_bucket=code.bucket,
            s3_key=code.key,
            s3_object_version=code.version,
            source_code_hash=code.sha256,
            layers=[layer.arn],
            memory_size=memory_mb,
            timeout=timeout_seconds,
            reserved_concurrent_executions=reserved_concurrency,
            kms_key_arn=key.arn,
            environment=LambdaFunctionEnvironment(variables=environment),
            tracing_config=LambdaFunctionTracingConfig(mode="Active"),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=network.private_subnet_ids,
                security_group_ids=[network.function_security_group_id],
            ),
            replace_security_groups_on_destroy=True,
            logging_config=LambdaFunctionLoggingConfig(log_format="Text", log_group=logs.name),
            depends_on=self._execution_policies(),
        )
        self.name: str = function.function_name
        self.arn: str = function.arn
        self.invoke_arn = (
            f"arn:aws:apigateway:{account.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        )

    def add_to_role_policy(self, name: str, *statements: policy.Statement) -> None:
        """Attach the inline policy ``name`` to the function's role."""
        IamRolePolicy(
            self,
            f"policy-{name}",
            role=self._role.name,
            name=name,
            policy=policy.document(*statements),
        )

    def metric_errors(self) -> Metric:
        """Invocations that ended in an exception, a timeout or a failed start.

        Not answers of 500: a handler of an API turns its exceptions into those, and the API counts them.
        """
        return Metric("AWS/Lambda", "Errors", {"FunctionName": self.name})

    def _let_decrypt_environment(self, arn: str, key: Key) -> None:
        of_this_function = {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": arn}}
        self.add_to_role_policy(
            "environment", policy.allow(["kms:Decrypt"], [key.arn], conditions=of_this_function)
        )

    def _execution_policies(self) -> list[Construct]:
        attachments = [
            IamRolePolicyAttachment(
                self,
                managed.rpartition("/")[-1],
                role=self._role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{managed}",
            )
            for managed in MANAGED_POLICIES
        ]
        denial = IamRolePolicy(
            self,
            "policy-no-log-groups",
            role=self._role.name,
            name="no-log-groups",
            policy=policy.document(policy.deny(["logs:CreateLogGroup"], ["*"])),
        )
        return [*attachments, denial]
