"""Accounts of the embedded AWS. A test of commands that set up an account has an empty one for itself."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from botocore.awsrequest import AWSPreparedRequest

from sandbox.server.process import Client, Server
from tests.integration.fault_injection import Fault

READING = ("Get", "List", "Head", "Describe")
"""Prefixes of operations that change nothing."""


@dataclass
class Account:
    """An account, with the credentials of its root user or of a role.

    Attributes:
        server: The embedded AWS.
        id: The id of the account.
        credentials: The root user's access key id is the id of the account, for MiniStack.
        calls: The operations that were called with clients of `clients`, in order.
        faults: The faults that these calls fail with, by operation.
    """

    server: Server
    id: str
    credentials: Mapping[str, str]
    calls: list[str] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def new(cls, server: Server) -> "Account":
        """Return a new account, as its root user."""
        number = str(random.randrange(10**11, 10**12))  # noqa: S311 - not a secret
        return cls(server, number, {"AccessKeyId": number, "SecretAccessKey": server.root["SecretAccessKey"]})

    @property
    def changes(self) -> list[str]:
        """The operations among `calls` that change something."""
        return [call for call in self.calls if not call.startswith(READING)]

    @property
    def used_actions(self) -> set[str]:
        """The actions that this role has used, except `sts:GetCallerIdentity`, as IAM recorded them."""
        log = (self.server.directory / "decisions.jsonl").read_text().splitlines()
        principal = self("sts").get_caller_identity()["Arn"]
        decisions = [decision for decision in map(json.loads, log) if decision["principal"] == principal]
        return {decision["action"] for decision in decisions} - {"sts:GetCallerIdentity"}

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a command use this account, whatever the environment of the user."""
        return {
            **self.server.environment(),
            "AWS_ACCESS_KEY_ID": self.credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": self.credentials.get("SessionToken", ""),
        }

    def clients(self, service: str, region: str) -> Client:
        """Return a client whose calls are recorded and fail with the `faults`."""
        client = self.server.client(service, region, credentials=self.credentials)
        client.meta.events.register("before-call", self._record)
        for operation, fault in self.faults.items():
            client.meta.events.register(
                f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}",
                _response_of(fault, client),
            )
        return client

    def __call__(self, service: str) -> Client:
        """Return a client whose calls are not recorded."""
        return self.server.client(service, credentials=self.credentials)

    def with_role(self, *actions: str) -> "Account":
        """Return the same account with the credentials of a new role that allows these actions."""
        name = f"role-{uuid4().hex[:8]}"
        policy = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.id}:root"},
            "Action": "sts:AssumeRole",
        }
        iam = self("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="allow", PolicyDocument=_document(policy))
        session = self("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return Account(self.server, self.id, session)

    def _record(self, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        self.calls.append(model.name)


def _response_of(fault: Fault, client: Client) -> Callable[..., Any]:
    def respond(request: AWSPreparedRequest, **_: object) -> Any:  # noqa: ANN401 - botocore's
        return fault.respond(client, request)

    return respond


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
