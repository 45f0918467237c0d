"""A Lambda function with a role of its own."""

from collections.abc import Mapping

from cdktf import TerraformResourceLifecycle
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
    comes late would otherwise bring a destroyed group back, unencrypted, and fail the next deploy. The
    environment is encrypted with ``key``; the function is replaced with its role,
    because the key's grant to it goes with the old role.

    Args:
        name: of the function and of its role.
        handler: dotted path of the entry point, as ``handlers.tasks.get.handler``.
        environment: variables; the values are no secrets (they are in the plan).
        reserved_concurrency: none by default, since a new account has 10 to share.

    Attributes:
        name, arn, invoke_arn: of the function.
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
        architecture: str,
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_seconds: int,
        log_retention_days: int,
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._role = IamRole(self, "role", name=name, assume_role_policy=policy.trust("lambda.amazonaws.com"))
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
            logging_config=LambdaFunctionLoggingConfig(log_format="JSON", log_group=logs.name),
            depends_on=self._execution_policies(),
            lifecycle=TerraformResourceLifecycle(
                replace_triggered_by=[f"aws_iam_role.{self._role.friendly_unique_id}.unique_id"]
            ),
        )
        self.name: str = function.function_name
        self.arn: str = function.arn
        self.invoke_arn: str = function.invoke_arn

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
        """Invocations that ended in an error of the function."""
        return Metric("AWS/Lambda", "Errors", {"FunctionName": self.name})

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
