"""The account that is checked, and what Terraform's state says about it."""

import json
from dataclasses import dataclass
from functools import cached_property

from operations.aws import Caller, Client, Clients, SetupError, call_or_empty
from operations.preflight.requirements import Requirements


@dataclass(frozen=True)
class Account:
    """An account and what a stack requires of it. Every check takes one.

    A check returns a line for the user, or raises a `SetupError` with the fix for what would fail the apply.

    Attributes:
        clients: Returns a client of a service in a region.
        caller: The identity of the credentials.
        requirements: What the stack requires of this account.
    """

    clients: Clients
    caller: Caller
    requirements: Requirements

    def client(self, service: str) -> Client:
        """Return a client of a service in the stack's region."""
        return self.clients(service, self.requirements.region)

    @cached_property
    def state(self) -> frozenset[str]:
        """The addresses in Terraform's state: none before the first apply and after a destroy.

        A destroy leaves a state without resources, so the state's existence says nothing.

        Raises:
            SetupError: It is no JSON state, for example because OpenTofu has encrypted it.
        """
        bucket, key, region = (self.requirements.state[name] for name in ("bucket", "key", "region"))
        s3 = self.clients("s3", region)
        stored = call_or_empty(
            lambda: s3.get_object(Bucket=bucket, Key=key, ExpectedBucketOwner=self.caller.account),
            "NoSuchBucket",
            "NoSuchKey",
        )
        try:
            resources = json.load(stored["Body"])["resources"] if stored else []
        except (ValueError, KeyError):
            raise SetupError(f"s3://{bucket}/{key} is no state that can be read") from None
        return frozenset(
            f"{resource['type']}.{resource['name']}"
            for resource in resources
            if resource["mode"] == "managed"
        )
