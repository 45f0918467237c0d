"""A Lambda function with a role of its own."""

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
"""AWS's policies for logs, network interfaces and X-Ray (T2)."""

NETWORK_INTERFACE_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda does in the role's name to put a function into a VPC
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html)."""

NO_LOG_GROUPS = policy.deny(["logs:CreateLogGroup"], ["*"])
"""Denies what the managed policies allow too much: only Terraform creates log groups."""

RETRIES = 2
MAXIMUM_EVENT_AGE_SECONDS = 6 * 60 * 60
"""Lambda's own limits on what it tries again (P8)."""


class Function(Construct):
    """A function in the private subnets, traced, with its role and its log group (P8).

    The log group `/aws/lambda/<name>` is made first and the role may not create one: a log line that
    comes late would otherwise bring a destroyed group back, unencrypted, and fail the next deploy.

    The environment is encrypted with `key`. Lambda grants the key to the role that it finds at creation,
    and a role that is made anew under the same name has no part in that grant; so the role may decrypt the
    function's environment by itself as well (docs/decisions/0006-survive-recreated-roles.md).

    The handlers write JSON themselves: with Lambda's own JSON format, its log level would override theirs.

    Args:
        name: of the function and of its role.
        handler: dotted path of the entry point, as `handlers.tasks.get.handler`.
        environment: variables; the values are no secrets (they are in the plan).
        reserved_concurrency: none by default, since a new account has 10 to share.
        dead_letters: where events go that failed `1 + RETRIES` times; for functions that are invoked
            asynchronously.
        managed_policies: give the role AWS's policies for logs, network and X-Ray, and deny what is too much
            in them (T2); by default it has statements of its own, for its own log group.

    Attributes:
        name, arn, log_group_name: of the function and of its log group.
        role: Role of the function. What calls the function depends on the role's policies.
        invoke_arn: what API Gateway calls, made of the name alone, so that an API's deployment does not
            depend on the function: its `create_before_destroy` would spread to all that the function
            stands on (docs/decisions/0006-survive-recreated-roles.md).
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
        """Invocations that ended in an exception, a timeout or a failed start.

        Not answers of 500: a handler of an API turns its exceptions into those, and the API counts them.
        """
        return Metric("AWS/Lambda", "Errors", {"FunctionName": self.name})

    def metric_duration(self) -> Metric:
        """How long invocations took, in milliseconds."""
        return Metric("AWS/Lambda", "Duration", {"FunctionName": self.name}, "Average")

    def _attach_managed_policies(self) -> None:
        for managed in MANAGED_POLICIES:
            # In the scope of the function: at another address, Terraform would attach the policy and, in no
            # certain order, detach it for the old address.
            attachment = IamRolePolicyAttachment(
                self,
                managed.rpartition("/")[-1],
                role=self.role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{managed}",
            )
            self.role.add_policy(attachment)


def _environment_statement(arn: str, key: Key) -> policy.Statement:
    of_this_function = {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": arn}}
    return policy.allow(["kms:Decrypt"], [key.arn], conditions=of_this_function)


def _run_statements(logs: LogGroup) -> list[policy.Statement]:
    """Logs, X-Ray and network interfaces; the actions of the last two support only the resource `*`."""
    return [
        policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs.arn}:*"]),
        policy.allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        policy.allow(NETWORK_INTERFACE_ACTIONS, ["*"]),
    ]


def _no_network_interfaces_statement(arn: str) -> policy.Statement:
    """Deny the function's code what Lambda does with the role by itself.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    by_the_code = {"ArnEquals": {"lambda:SourceFunctionArn": arn}}
    return policy.deny(NETWORK_INTERFACE_ACTIONS, ["*"], conditions=by_the_code)
