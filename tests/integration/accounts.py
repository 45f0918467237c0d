"""Accounts of the embedded AWS, one for each test of what sets accounts up: nothing else is in them."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from botocore.awsrequest import AWSPreparedRequest

from sandbox.server.process import CREDENTIAL, Client, Server
from tests.integration.fault_injection import Fault

LOOKS = ("Get", "List", "Head", "Describe")
"""What the calls begin with that change nothing."""


@dataclass
class Account:
    """An account, as its root or as a role of it.

    Attributes:
        credentials: MiniStack takes twelve digits as an access key for the root of that account.
        calls: The operations that were called through `clients`, in order.
    """

    server: Server
    id: str
    credentials: Mapping[str, str]
    calls: list[str] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def new(cls, server: Server) -> "Account":
        number = str(random.randrange(10**11, 10**12))  # noqa: S311 - no secret
        return cls(server, number, {"AccessKeyId": number, "SecretAccessKey": CREDENTIAL})

    @property
    def changes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith(LOOKS)]

    @property
    def asked(self) -> set[str]:
        """What IAM was asked for in the name of this role, but for who it is."""
        log = (self.server.directory / "decisions.jsonl").read_text().splitlines()
        who = self("sts").get_caller_identity()["Arn"]
        decisions = [each for each in map(json.loads, log) if each["principal"] == who]
        return {each["action"] for each in decisions} - {"sts:GetCallerIdentity"}

    @property
    def environment(self) -> dict[str, str]:
        """What points a command at it, whatever this machine's environment says."""
        return {
            **self.server.environment(),
            "AWS_ACCESS_KEY_ID": self.credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": self.credentials.get("SessionToken", ""),
        }

    def clients(self, service: str, region: str) -> Client:
        client = self.server.client(service, region, credentials=self.credentials)
        client.meta.events.register("before-call", self._note)
        for operation, fault in self.faults.items():
            client.meta.events.register(
                f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}",
                _striking(fault, client),
            )
        return client

    def __call__(self, service: str) -> Client:
        """A client of its own, of which nothing is noted."""
        return self.server.client(service, credentials=self.credentials)

    def may(self, *actions: str) -> "Account":
        """The same account, as a role that may do these."""
        name = f"role-{uuid4().hex[:8]}"
        policy = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.id}:root"},
            "Action": "sts:AssumeRole",
        }
        iam = self("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=_document(policy))
        session = self("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return Account(self.server, self.id, session)

    def _note(self, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        self.calls.append(model.name)


def _striking(fault: Fault, client: Client) -> Callable[..., Any]:
    def strike(request: AWSPreparedRequest, **_: object) -> Any:  # noqa: ANN401 - botocore's
        return fault.respond(client, request)

    return strike


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
