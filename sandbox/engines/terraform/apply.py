"""Apply the JSON to the embedded AWS with Terraform itself, as it is applied to AWS.

The other way in beside `sandbox.engines.loader.load`, with the same result. `cdk.tf.json` and the assets are
linked into a directory of their own, never written to; a generated override file says what is otherwise here.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from operations.aws import AwsError, SetupError
from operations.bootstrap import ensure_state
from sandbox.engines.loader.create import WRITE_ONLY
from sandbox.engines.loader.document import read
from sandbox.engines.loader.load import Loaded, Progress, limitations
from sandbox.engines.terraform.program import Terraform, find
from sandbox.errors import LoadError, TerraformError
from sandbox.resource_types import RESOURCE_TYPES
from sandbox.server.process import ROOT, Server
from synthesized.references import Expression, Reference, replace_in
from synthesized.stack import FILE, JSON, Stack, StackError

OVERRIDE = "sandbox_override.tf.json"
STAGE = "aws_api_gateway_stage"

# What of a user's environment would send it elsewhere, or change what it does. What says where providers come
# from (TF_CLI_CONFIG_FILE, TF_PLUGIN_CACHE_DIR) is the user's.
FOREIGN = ("AWS_", "TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE", "TF_VAR_")


def apply(stack: Path, server: Server, directory: Path, progress: Progress = lambda *_: None) -> Loaded:
    """Apply the stack in the directory `stack` (the one with `cdk.tf.json`) to an empty server.

    Args:
        stack: Only read.
        server: Gets the state, too, in the bucket that the stack's backend names.
        directory: Where Terraform works; made where it is missing. Its log is beside it: `<directory>.log`.
        progress: As the loader's.

    Raises:
        TerraformError: There is no program that will do, it fails, or a second plan is not empty (P9).
        LoadError: The stack is none that is kept in S3, or the state's place cannot be made.
    """
    document = read(stack / FILE)
    progress(0, len(document.blocks), "init")
    terraform = prepare(stack, server, directory)
    terraform.init()
    terraform.apply(progress)
    progress(len(document.blocks), len(document.blocks), "a second plan")
    differences = terraform.differences()
    if differences:
        raise TerraformError(
            f"a second plan is not empty, it would change {', '.join(differences)}. "
            f"The whole plan is in {terraform.log}"
        )
    state = terraform.state()
    return Loaded(
        region=document.region,
        outputs={name: output["value"] for name, output in state.get("outputs", {}).items()},
        attributes={
            each["address"]: {
                name: at for name, at in each["values"].items() if not name.endswith(WRITE_ONLY)
            }
            for each in state.get("root_module", {}).get("resources", [])
        },
        limitations=limitations(document.blocks),
    )


def prepare(stack: Path, server: Server, directory: Path) -> Terraform:
    """Make the directory that Terraform works in, and the place of its state.

    What Terraform itself keeps there (the provider, of 700 MB) is left for the next start.

    Raises:
        TerraformError: There is no program that will do.
        LoadError: The stack is none that is kept in S3, or the state's place cannot be made.
    """
    program = find()
    try:
        document = Stack.read(stack / FILE)
        backend = document.backend
    except StackError as error:
        raise LoadError(error.place, error.reason) from None
    _make_place_of_state(backend, server)
    directory.mkdir(parents=True, exist_ok=True)
    log = directory.with_suffix(".log")
    log.unlink(missing_ok=True)
    for name in (FILE, "assets"):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to((stack / name).resolve())
    (directory / OVERRIDE).write_text(json.dumps(override(document, server), indent=2))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return Terraform(
        program=program,
        directory=directory,
        log=log,
        environment=kept
        | server.environment(backend["region"])
        | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"},
    )


def _make_place_of_state(backend: Mapping[str, JSON], server: Server) -> None:
    """Make what `make bootstrap` makes on AWS, without the tags: this bucket goes with the server."""
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


def override(stack: Stack, server: Server) -> dict[str, JSON]:
    """Return what is otherwise on the embedded AWS: credentials, S3's addresses, and where the APIs are.

    The provider finds every service by `AWS_ENDPOINT_URL`: a list of endpoints would have to name each. The
    credentials are here all the same, as are the backend's endpoints: who runs Terraform in this directory
    by hand, without `python -m sandbox env`, reaches nothing of theirs on AWS. A backend in an override
    replaces the whole block (https://developer.hashicorp.com/terraform/language/files/override).
    """
    root = {"access_key": ROOT["AccessKeyId"], "secret_key": ROOT["SecretAccessKey"]}
    endpoints = dict.fromkeys(("s3", "iam", "sts"), server.url)
    here = {"use_path_style": True, "endpoints": endpoints, "custom_ca_bundle": str(server.ca_bundle)}
    outputs = {name: output.value for name, output in stack.outputs.items()}
    reachable = replace_in(outputs, lambda expression: _reachable(expression, server.url))
    providers = stack.document.get("provider", {})
    sections = {
        "terraform": {"backend": {"s3": {**stack.backend, **root, **here}}},
        "provider": {name: {**root, "s3_use_path_style": True} for name in providers},
        "output": {name: {"value": value} for name, value in reachable.items()},
    }
    return {name: blocks for name, blocks in sections.items() if blocks}  # a section may not be empty


def _reachable(expression: Expression, url: str) -> str:
    """Return the URL of a stage on the embedded AWS for its URL on AWS; other expressions are unchanged."""
    reference = expression.reference
    if not reference or (reference.qualified_type, reference.attribute) != (STAGE, "invoke_url"):
        return expression.text
    names = {name: str(Reference(reference.address, name)) for name in ("rest_api_id", "stage_name")}
    return RESOURCE_TYPES[STAGE].computed["invoke_url"].format(url=url, **names)
