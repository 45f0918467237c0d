"""Lambda functions."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
)
from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import LambdaFunctionEventInvokeConfig
from constructs import Construct

from infra import policy
from infra.constructs.account import Account
from infra.constructs.code import RUNTIME, Code, Layer
from infra.constructs.key import Key
from infra.constructs.log_group import LogGroup
from infra.constructs.monitoring import Metric
from infra.constructs.network import Network
from infra.constructs.queue import DeadLetterQueue
from infra.constructs.role import Role

MANAGED_POLICIES = (
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
)
"""AWS managed policies for logs, network interfaces and X-Ray (T2)."""

NETWORK_INTERFACE_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""Actions that Lambda performs with the role to connect a function to a VPC
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html)."""

NO_LOG_GROUPS = policy.deny(["logs:CreateLogGroup"], ["*"])
"""The managed policies allow the creation of log groups; only Terraform should create them."""

RETRIES = 2
MAXIMUM_EVENT_AGE_SECONDS = 6 * 60 * 60
"""Lambda's defaults for asynchronous invocations (P8)."""


class Function(Construct):
    """A traced function in the private subnets, with its role and log group (P8).

    Terraform creates the log group `/aws/lambda/<name>` before the function, and the role cannot create log
    groups. Otherwise a late log line would create a destroyed group again, unencrypted, and the next
    deployment would fail.

    `key` encrypts the environment. Lambda grants the use of the key to the role that exists when the
    function is created. The grant does not apply to a role that is later created again under the same name,
    so the role itself allows the decryption, too (docs/decisions/0006-survive-recreated-roles.md).

    The log format is `Text`, because the handlers write JSON themselves: with the format `JSON`, Lambda's
    log level would override that of the handlers.

    Args:
        name: Name of the function and of its role.
        handler: Dotted path of the entry point, as `handlers.tasks.get.handler`.
        code: Archive that contains the handler.
        layer: Layer with third-party packages.
        network: Network of the function.
        key: Key that encrypts the environment and the log group.
        account: Account of the function.
        architecture: `arm64` or `x86_64`.
        environment: Environment variables. They are in the plan, so they must not contain secrets.
        memory_mb: Memory in MB.
        timeout_seconds: Timeout in seconds.
        log_retention_days: Retention of the log group.
        reserved_concurrency: Reserved concurrent executions; none by default, because a new account has
            only 10.
        dead_letters: Queue for events that failed `1 + RETRIES` times, for functions that are invoked
            asynchronously.
        managed_policies: Attach the managed policies for logs, network and X-Ray, and deny the creation of
            log groups (T2). By default, the role has statements for its own log group, network and X-Ray.

    Attributes:
        name: Name of the function.
        arn: ARN of the function.
        log_group_name: Name of the log group.
        role: Role of the function; callers of the function depend on its policies.
        invoke_arn: URI for API Gateway. It contains the function's name instead of a reference, so that an
            API's deployment does not depend on the function: the deployment's `create_before_destroy` would
            apply to everything that the function depends on
            (docs/decisions/0006-survive-recreated-roles.md).
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
        dead_letters: DeadLetterQueue | None = None,
        managed_policies: bool = False,
    ) -> None:
        super().__init__(scope, id)
        arn = account.arn("lambda", f"function:{name}")
        logs = LogGroup(self, "logs", name=f"/aws/lambda/{name}", key=key, retention_days=log_retention_days)
        self.role = Role(
            self,
            "role",
            name=name,
            service="lambda.amazonaws.com",
            execution=[
                _environment_statement(arn, key),
                *([NO_LOG_GROUPS] if managed_policies else _run_statements(logs)),
                _no_network_interfaces_statement(arn),
                *([] if dead_letters is None else [dead_letters.send_statement()]),
            ],
        )
        if managed_policies:
            self._attach_managed_policies()
        function = LambdaFunction(
            self,
            "function",
            function_name=name,
            role=self.role.arn,
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
            dead_letter_config=dead_letters and LambdaFunctionDeadLetterConfig(target_arn=dead_letters.arn),
            depends_on=self.role.policies,
        )
        if dead_letters is not None:
            LambdaFunctionEventInvokeConfig(
                self,
                "async",
                function_name=function.function_name,
                maximum_retry_attempts=RETRIES,
                maximum_event_age_in_seconds=MAXIMUM_EVENT_AGE_SECONDS,
            )
        self.name: str = function.function_name
        self.log_group_name: str = logs.name
        self.arn: str = function.arn
        self.invoke_arn = (
            f"arn:aws:apigateway:{account.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        )

    def grant(self, *statements: policy.Statement) -> None:
        """Add statements to the role; see `Role.grant`."""
        self.role.grant(*statements)

    def metric_errors(self) -> Metric:
        """Number of invocations that ended with an exception, a timeout or a failed start.

        Responses of 500 are not included: the handler of an API returns them for its exceptions, and the
        API counts them.
        """
        return Metric("AWS/Lambda", "Errors", {"FunctionName": self.name})

    def metric_duration(self) -> Metric:
        """Average duration of invocations in milliseconds."""
        return Metric("AWS/Lambda", "Duration", {"FunctionName": self.name}, "Average")

    def _attach_managed_policies(self) -> None:
        for managed in MANAGED_POLICIES:
            # The scope of the function keeps the addresses of existing stacks. At another address, Terraform
            # would attach the policy for the new one and detach it for the old one, in any order.
            attachment = IamRolePolicyAttachment(
                self,
                managed.rpartition("/")[-1],
                role=self.role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{managed}",
            )
            self.role.add_policy(attachment)


def _environment_statement(arn: str, key: Key) -> policy.Statement:
    conditions = {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": arn}}
    return policy.allow(["kms:Decrypt"], [key.arn], conditions=conditions)


def _run_statements(logs: LogGroup) -> list[policy.Statement]:
    """Statements for logs, X-Ray and network interfaces; the last two support only the resource `*`."""
    return [
        policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs.arn}:*"]),
        policy.allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        policy.allow(NETWORK_INTERFACE_ACTIONS, ["*"]),
    ]


def _no_network_interfaces_statement(arn: str) -> policy.Statement:
    """The statement that denies the function's code what Lambda itself does with network interfaces.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    conditions = {"ArnEquals": {"lambda:SourceFunctionArn": arn}}
    return policy.deny(NETWORK_INTERFACE_ACTIONS, ["*"], conditions=conditions)
