"""Apply a stack to the embedded AWS with Terraform, as it is applied to AWS.

The result is that of `sandbox.engines.loader.load`. Terraform works in a separate directory, which contains
links to `cdk.tf.json` and the assets, and an override file with the settings that differ from AWS.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox.engines.loader.create import WRITE_ONLY
from sandbox.engines.loader.document import read
from sandbox.engines.loader.load import Loaded, Progress, limitations
from sandbox.engines.state import create_state_bucket
from sandbox.engines.terraform.program import Terraform, find
from sandbox.errors import LoadError, TerraformError
from sandbox.resource_types import RESOURCE_TYPES
from sandbox.server.process import Server
from synthesized.references import Expression, Reference, replace_in
from synthesized.stack import FILE, JSON, Stack, StackError

OVERRIDE = "sandbox_override.tf.json"
STAGE = "aws_api_gateway_stage"

# Variables of the user that would make Terraform call AWS, or behave in another way. The user's settings for
# the source of providers (TF_CLI_CONFIG_FILE, TF_PLUGIN_CACHE_DIR) are kept.
REMOVED_VARIABLES = ("AWS_", "TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE", "TF_VAR_")


def install(stack: Path, directory: Path) -> None:
    """Install the stack's provider in the directory in which `apply` will work. This needs no server.

    The directory may belong to a running server. Its override file and the address of its state are put back
    afterwards, so that Terraform can still be run there if the installation fails.

    Raises:
        TerraformError: Terraform is missing or too old, or the provider cannot be installed.
        LoadError: There is no stack, or its backend is not S3.
    """
    _read(stack)
    terraform = _terraform(stack, directory, {})
    with _set_aside(directory / OVERRIDE, directory / ".terraform/terraform.tfstate"):
        terraform.install()


def apply(stack: Path, server: Server, directory: Path, progress: Progress = lambda *_: None) -> Loaded:
    """Apply a stack to an empty server.

    Args:
        stack: The directory with `cdk.tf.json`. It is only read.
        server: The embedded AWS. It also stores the state, in the bucket that the stack's backend names.
        directory: Where Terraform works; created if missing. Its log is beside it: `<directory>.log`.
        progress: Called as the loader calls it.

    Raises:
        TerraformError: Terraform is missing, too old or fails, or a second plan is not empty (P9).
        LoadError: The backend is not S3, or its bucket or key cannot be created.
    """
    document = read(stack / FILE)
    progress(0, len(document.blocks), "init")
    terraform = prepare(stack, server, directory)
    terraform.init()
    terraform.apply(progress)
    progress(len(document.blocks), len(document.blocks), "second plan")
    differences = terraform.differences()
    if differences:
        raise TerraformError(
            f"the second plan is not empty: it would change {', '.join(differences)}. "
            f"The complete plan is in {terraform.log}"
        )
    state = terraform.state()
    return Loaded(
        region=document.region,
        outputs={name: output["value"] for name, output in state.get("outputs", {}).items()},
        attributes={
            resource["address"]: {
                name: value for name, value in resource["values"].items() if not name.endswith(WRITE_ONLY)
            }
            for resource in state.get("root_module", {}).get("resources", [])
        },
        limitations=limitations(document.blocks),
    )


def prepare(stack: Path, server: Server, directory: Path) -> Terraform:
    """Prepare the directory in which Terraform works, and the bucket and the key of its state.

    Terraform's own files in the directory (the provider has 700 MB) are kept from one start to the next.

    Raises:
        TerraformError: Terraform is missing or too old.
        LoadError: The backend is not S3, or its bucket or key cannot be created.
    """
    document = _read(stack)
    terraform = _terraform(stack, directory, server.environment(document.backend["region"]))
    create_state_bucket(document.backend, server)
    (directory / OVERRIDE).write_text(json.dumps(override(document, server), indent=2))
    return terraform


def _read(stack: Path) -> Stack:
    """Return a stack with an S3 backend.

    Raises:
        LoadError: There is no stack, or its backend is not S3.
    """
    try:
        document = Stack.read(stack / FILE)
        _ = document.backend  # reading it raises if it is missing or malformed
    except StackError as error:
        raise LoadError(error.place, error.reason) from None
    return document


def _terraform(stack: Path, directory: Path, variables: Mapping[str, str]) -> Terraform:
    """Link the stack into the directory, and return Terraform in it, with these variables and a new log."""
    program = find()
    directory.mkdir(parents=True, exist_ok=True)
    log = directory.with_suffix(".log")
    log.unlink(missing_ok=True)
    for name in (FILE, "assets"):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to((stack / name).resolve())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(REMOVED_VARIABLES)}
    return Terraform(
        program=program,
        directory=directory,
        log=log,
        environment=kept
        | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        | dict(variables),
    )


@contextmanager
def _set_aside(*files: Path) -> Iterator[None]:
    """Rename those of the files that exist, and give them their names back at the end."""
    names = {file: file.with_suffix(".aside") for file in files if file.exists()}
    for file, aside in names.items():
        file.rename(aside)
    try:
        yield
    finally:
        for file, aside in names.items():
            aside.rename(file)


def override(stack: Stack, server: Server) -> dict[str, JSON]:
    """Return the override file: credentials, the addresses of S3, and the URLs of the APIs.

    The provider finds the services by `AWS_ENDPOINT_URL`, because a list of endpoints would have to name
    every service. The credentials, and the endpoints of the backend, are in the file too: so a user who runs
    Terraform in this directory without the variables of `python -m sandbox env` cannot change anything on
    AWS. A backend in an override file replaces the whole block
    (https://developer.hashicorp.com/terraform/language/files/override).
    """
    root = {"access_key": server.root["AccessKeyId"], "secret_key": server.root["SecretAccessKey"]}
    endpoints = dict.fromkeys(("s3", "iam", "sts"), server.url)
    location = {"use_path_style": True, "endpoints": endpoints, "custom_ca_bundle": str(server.ca_bundle)}
    outputs = {name: output.value for name, output in stack.outputs.items()}
    local_outputs = replace_in(outputs, lambda expression: _local_url(expression, server.url))
    providers = stack.document.get("provider", {})
    sections = {
        "terraform": {"backend": {"s3": {**stack.backend, **root, **location}}},
        "provider": {name: {**root, "s3_use_path_style": True} for name in providers},
        "output": {name: {"value": value} for name, value in local_outputs.items()},
    }
    return {name: blocks for name, blocks in sections.items() if blocks}  # Terraform refuses empty sections


def _local_url(expression: Expression, url: str) -> str:
    """Return the URL of a stage on the embedded AWS, instead of that on AWS; other expressions unchanged."""
    reference = expression.reference
    if not reference or (reference.qualified_type, reference.attribute) != (STAGE, "invoke_url"):
        return expression.text
    names = {name: str(Reference(reference.address, name)) for name in ("rest_api_id", "stage_name")}
    return RESOURCE_TYPES[STAGE].computed["invoke_url"].format(url=url, **names)
