"""What a synthesized stack asks of an account."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

ACCOUNT_ID = re.compile(r"\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}")
STATE = ("bucket", "key", "region", "kms_key_id")
"""The backend's arguments that matter here."""


class StackError(Exception):
    """There is no synthesized stack to read; the message says what there is."""


@dataclass(frozen=True)
class Stack:
    """What the checks ask of a synthesized stack; names may hold references to the account's id.

    Attributes:
        region: The provider's.
        state: The arguments of its S3 backend.
        buckets: Their names.
        zones: Of its subnets.
        reserved: How many executions each function reserves.
        logs_access: Whether a stage of API Gateway writes access logs.
    """

    region: str
    state: Mapping[str, str]
    buckets: tuple[str, ...]
    zones: tuple[str, ...]
    reserved: Mapping[str, int]
    logs_access: bool

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the stack in a directory.

        Raises:
            StackError: There is none.
        """
        file = directory / "cdk.tf.json"
        try:
            content = json.loads(file.read_text())
        except FileNotFoundError:
            raise StackError(f"there is no {file}: synthesize the stack first (make synth)") from None
        except OSError as error:
            raise StackError(f"{file} cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise StackError(f"{file} is no JSON: {error}") from None
        try:
            return cls.of(content)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise StackError(f"{file} is no stack as `make synth` writes it: {error!r}") from None

    @classmethod
    def of(cls, content: Any) -> Self:  # noqa: ANN401 - whatever JSON holds
        """Return what the content of a `cdk.tf.json` asks of an account.

        Raises:
            StackError: A name in it is known to an apply alone.
            LookupError, TypeError, ValueError, AttributeError: It is no stack.
        """

        def all_of(kind: str) -> list[dict[str, Any]]:
            return list(content["resource"].get(kind, {}).values())

        return cls(
            region=str(content["provider"]["aws"][0]["region"]),
            state={name: str(content["terraform"]["backend"]["s3"][name]) for name in STATE},
            buckets=tuple(_name(bucket["bucket"]) for bucket in all_of("aws_s3_bucket")),
            zones=tuple(sorted({subnet["availability_zone"] for subnet in all_of("aws_subnet")})),
            reserved={
                _name(function["function_name"]): int(function["reserved_concurrent_executions"])
                for function in all_of("aws_lambda_function")
                if "reserved_concurrent_executions" in function
            },
            logs_access=any("access_log_settings" in stage for stage in all_of("aws_api_gateway_stage")),
        )

    def of_account(self, account: str) -> Self:
        """Return it with an account's id where names refer to that."""
        return replace(
            self,
            buckets=tuple(ACCOUNT_ID.sub(account, name) for name in self.buckets),
            reserved={ACCOUNT_ID.sub(account, name): number for name, number in self.reserved.items()},
        )


def _name(value: str) -> str:
    """Return a name that can be known before an apply."""
    if "${" in ACCOUNT_ID.sub("", value):
        raise StackError(
            f"the name {value} is known to an apply alone: only the account's id can stand in it"
        )
    return value
