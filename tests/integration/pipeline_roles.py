"""Roles with the policies that `docs/pipeline.md` gives them."""

import json
import re
from pathlib import Path
from uuid import uuid4

from operations.aws import Clients
from sandbox.server.process import ACCOUNT, Server

PIPELINE = Path(__file__).parents[2] / "docs" / "pipeline.md"
MANAGED = {"plan": "ReadOnlyAccess", "apply": "PowerUserAccess"}


def assumed(server: Server, name: str, bucket: str) -> Clients:
    """Return clients of the plan role or the apply role of the stack `project-main` in dev.

    Args:
        server: has AWS's managed policies, so the role has its own (`MANAGED`) and the documented one.
        name: `plan` or `apply`.
        bucket: of the state.
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
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_documented(name, bucket))
    session = server.client("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    return lambda service, region: server.client(service, region, credentials=session)


def _documented(name: str, bucket: str) -> str:
    (policy,) = re.findall(rf"<!-- {name} role -->\n```json\n(.*?)```", PIPELINE.read_text(), re.DOTALL)
    values = {
        "BUCKET": bucket,
        "STATE": "project/main/dev",
        "PREFIX": "project-main",
        "ENVIRONMENT": "dev",
        "REGION": "us-east-1",
        "ACCOUNT": ACCOUNT,
    }
    return re.sub(rf"\b({'|'.join(values)})\b", lambda found: values[found[1]], policy)
