"""Roles with the policies of `docs/policies`, as `docs/pipeline.md` describes them."""

import json
import re
from pathlib import Path
from uuid import uuid4

from operations.aws import Clients
from sandbox.server.process import ACCOUNT, Server

POLICIES = Path(__file__).parents[2] / "docs" / "policies"
MANAGED = {"plan": "ReadOnlyAccess", "apply": "PowerUserAccess"}


def assume_role(server: Server, name: str, bucket: str) -> Clients:
    """Create the plan or apply role of the stack `project-main` in dev, and return its clients.

    Args:
        server: The embedded AWS. It has AWS's managed policies, so the role gets its managed policy
            (`MANAGED`).
        name: `plan` or `apply`.
        bucket: Name of the state bucket.
    """
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    iam, role = server.client("iam"), f"{name}-{uuid4().hex[:8]}"
    arn = iam.create_role(
        RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{MANAGED[name]}")
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_policy(name, bucket))
    session = server.client("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    return lambda service, region: server.client(service, region, credentials=session)


def _policy(name: str, bucket: str) -> str:
    """Return the policy of a role with its placeholders replaced by the values of the stack."""
    values = {
        "BUCKET": bucket,
        "STATE": "project/main/dev",
        "PREFIX": "project-main",
        "ENVIRONMENT": "dev",
        "REGION": "us-east-1",
        "ACCOUNT": ACCOUNT,
    }
    policy = (POLICIES / f"{name}-role.json").read_text()
    return re.sub(rf"\b({'|'.join(values)})\b", lambda placeholder: values[placeholder[1]], policy)
