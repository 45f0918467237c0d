"""What a synthesized stack requires of an account."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from synthesized.references import Expression, has_expression
from synthesized.references import replace as replace_expressions
from synthesized.stack import FILE, JSON, Stack, StackError, reading

BACKEND_ARGUMENTS = ("bucket", "key", "region", "kms_key_id")
"""The arguments of the backend that the checks use."""

NAME_ARGUMENTS = {"aws_s3_bucket": "bucket", "aws_secretsmanager_secret": "name", "aws_kms_alias": "name"}
"""The arguments with names that have to be free, by resource type."""


@dataclass(frozen=True)
class Requirements:
    """What a stack requires of an account; names may contain references to the account's id.

    Attributes:
        region: The region of the provider.
        state: The arguments of the S3 backend.
        names: The names that have to be free before the first apply, by address: of buckets, secrets and key
            aliases.
        zones: The availability zones of the subnets.
        endpoints: The services of the VPC endpoints, with the type of each: `Gateway` or `Interface`.
        elastic_ips: The names of the Elastic IP addresses, which are tags.
        runtimes: The runtimes of the functions.
        reserved: The reserved concurrency of the functions that have one, by function name.
        access_logs: Whether a stage of API Gateway writes access logs.
    """

    region: str
    state: Mapping[str, str]
    names: Mapping[str, str]
    zones: tuple[str, ...]
    endpoints: tuple[tuple[str, str], ...]
    elastic_ips: tuple[str, ...]
    runtimes: tuple[str, ...]
    reserved: Mapping[str, int]
    access_logs: bool

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the requirements of the synthesized stack in a directory.

        Raises:
            StackError: The directory contains no stack, or a name in it is known only after an apply.
        """
        file = directory / FILE
        stack = Stack.read(file)
        with reading(file):
            return cls.of(stack)

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Return the requirements of a stack.

        Raises:
            StackError: The stack has no region or S3 backend, or a name in it is known only after an apply.
            LookupError, TypeError, ValueError: A resource lacks an argument that is required here.
        """
        functions = stack.resources("aws_lambda_function").values()
        return cls(
            region=stack.region,
            state={name: str(stack.backend[name]) for name in BACKEND_ARGUMENTS},
            names={
                address: _name(arguments[argument])
                for type_, argument in NAME_ARGUMENTS.items()
                for address, arguments in stack.resources(type_).items()
            },
            zones=tuple(
                sorted({subnet["availability_zone"] for subnet in stack.resources("aws_subnet").values()})
            ),
            endpoints=tuple(
                (endpoint["service_name"], endpoint["vpc_endpoint_type"])
                for endpoint in stack.resources("aws_vpc_endpoint").values()
            ),
            elastic_ips=tuple(address["tags"]["Name"] for address in stack.resources("aws_eip").values()),
            runtimes=tuple(sorted({function["runtime"] for function in functions})),
            reserved={
                _name(function["function_name"]): int(function["reserved_concurrent_executions"])
                for function in functions
                if "reserved_concurrent_executions" in function
            },
            access_logs=any(
                "access_log_settings" in stage for stage in stack.resources("aws_api_gateway_stage").values()
            ),
        )

    def in_account(self, account: str) -> Self:
        """Return them with the id of an account in place of the references to it."""
        return replace(
            self,
            names={address: _with_account(name, account) for address, name in self.names.items()},
            reserved={_with_account(name, account): number for name, number in self.reserved.items()},
        )


def _name(value: JSON) -> str:
    """Return a name that can be known before an apply."""
    if has_expression(_with_account(value, "")):
        raise StackError(
            f"the name {value}", "is known only after an apply: it may refer to nothing but the account's id"
        )
    return str(value)


def _with_account(name: str, account: str) -> str:
    def account_or_unchanged(expression: Expression) -> str:
        reference = expression.reference
        is_account = (
            reference
            and reference.qualified_type == "data.aws_caller_identity"
            and reference.attribute == "account_id"
        )
        return account if is_account else expression.text

    return replace_expressions(name, account_or_unchanged)
