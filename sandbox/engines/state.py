"""Terraform's state in the embedded AWS: its bucket, and what stands for it after the loader."""

import json
from collections.abc import Mapping

from operations.aws import AwsError, SetupError
from operations.bootstrap import ensure_state
from sandbox.errors import LoadError
from sandbox.server.process import Server
from synthesized.stack import JSON, Stack, StackError


def create_state_bucket(backend: Mapping[str, JSON], server: Server) -> None:
    """Create what `make bootstrap` creates on AWS, without tags.

    Raises:
        LoadError: The bucket or its key cannot be created.
    """
    try:
        ensure_state(
            server.client,
            bucket=backend["bucket"],
            key_alias=backend["kms_key_id"],
            region=backend["region"],
            tags={},
        )
    except (SetupError, *AwsError) as error:
        raise LoadError("terraform.backend.s3", str(error)) from None


def save_addresses(stack: Stack, server: Server) -> None:
    """Save the addresses of a loaded stack as its state, so that `make preflight` knows what is its own.

    The resources have no instances: Terraform reads this state like one without resources. A stack without an
    S3 backend has no place for it, and preflight refuses such a stack.

    Raises:
        LoadError: The bucket or its key cannot be created.
    """
    try:
        backend = stack.backend
    except StackError:
        return
    create_state_bucket(backend, server)
    resources = [
        {
            "mode": "managed",
            "type": block.type,
            "name": block.name,
            "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
            "instances": [],
        }
        for block in stack.blocks.values()
        if block.section == "resource"
    ]
    state = {"version": 4, "serial": 1, "lineage": "loader", "outputs": {}, "resources": resources}
    server.client("s3", backend["region"]).put_object(
        Bucket=backend["bucket"], Key=backend["key"], Body=json.dumps(state)
    )
