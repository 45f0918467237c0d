"""The stack: provider, state, platform and workloads."""

from pathlib import Path
from typing import Any, assert_never

from cdktf import App, S3Backend, TerraformOutput, TerraformStack
from constructs import Construct

from infra.constructs.provider import add_provider
from infra.naming import State
from infra.platform import Platform
from infra.settings import WORKLOADS, Settings, WorkloadName
from infra.workloads.files import Files
from infra.workloads.records import Records
from infra.workloads.requests import Requests
from infra.workloads.tasks import Tasks
from infra.workloads.uploads import Uploads

STACK = "serverless"
"""Id of the stack, the first segment of all construct paths and the name of its directory."""

REQUIRED_VERSION = ">= 1.11"
"""Version of Terraform or OpenTofu, for write-only arguments and lock files in S3 (P2, P13)."""


class ServerlessStack(TerraformStack):
    """Composes the platform and the enabled workloads."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id)
        self.add_override("terraform.required_version", REQUIRED_VERSION)
        # cdktn checks write-only arguments against these versions, from 0.24 (docs/fork.md)
        self.node.set_context("targetVersions", {"terraform": REQUIRED_VERSION, "opentofu": REQUIRED_VERSION})
        add_provider(self, region=settings.aws_region, tags=settings.tags)
        self._add_backend(settings)
        platform = Platform(self, "platform", settings=settings)
        TerraformOutput(self, "vpc-id", value=platform.network.id)
        TerraformOutput(self, "s3-bucket-name", value=platform.deploy_bucket.name)
        for name in settings.workloads:
            self._add_workload(name, platform, settings)

    def _add_backend(self, settings: Settings) -> None:
        """Keep the state in S3, encrypted with the key that `bootstrap` creates with the bucket (P2)."""
        state = State.of(settings)
        S3Backend(
            self,
            bucket=state.bucket,
            key=state.key,
            region=state.region,
            encrypt=True,
            kms_key_id=state.key_alias,
        )
        self.add_override("terraform.backend.s3.use_lockfile", value=True)  # cdktf 0.21 lacks this argument

    def _add_workload(self, name: WorkloadName, platform: Platform, settings: Settings) -> None:
        match name:
            case "tasks":
                Tasks(self, name, platform=platform, settings=settings.tasks)
            case "records":
                Records(self, name, platform=platform, settings=settings.records)
            case "uploads":
                Uploads(self, name, platform=platform, settings=settings.uploads)
            case "requests":
                Requests(self, name, platform=platform, settings=settings.requests)
            case "files":
                Files(self, name, platform=platform, settings=settings.files)
            case _:
                assert_never(name)


def build(app: App, settings: Settings) -> ServerlessStack:
    """Add the stack to `app`, with the `removed` blocks that retain the data of disabled workloads."""
    stack = ServerlessStack(app, STACK, settings=settings)
    blocks = removed_blocks(settings)
    if blocks:
        stack.add_override("removed", blocks)
    return stack


def removed_blocks(settings: Settings) -> list[dict[str, Any]]:
    """The `removed` blocks that retain the data of disabled workloads in a protected environment (P12).

    `prevent_destroy` disappears together with its resource block, so Terraform would destroy the data of a
    workload that is disabled. A `removed` block makes it forget the resource instead.

    The addresses come from a stack of the disabled workloads alone, which is synthesized in memory. Retained
    are the resources with `prevent_destroy`, and the other resources of their constructs, such as the policy
    of a bucket.
    """
    disabled = tuple(name for name in WORKLOADS if name not in settings.workloads)
    if not settings.protected or not disabled:
        return []
    settings = settings.model_copy(update={"workloads": disabled})
    document = ServerlessStack(App(), STACK, settings=settings).to_terraform()
    resources = {
        f"{resource_type}.{name}": block
        for resource_type, blocks in document["resource"].items()
        for name, block in blocks.items()
    }
    paths = {address: str(block["//"]["metadata"]["path"]) for address, block in resources.items()}
    retained = {
        _parent(paths[address])
        for address, block in resources.items()
        if paths[address].split("/")[1] in disabled and block.get("lifecycle", {}).get("prevent_destroy")
    }
    return [
        {"from": address, "lifecycle": {"destroy": False}}
        for address, path in paths.items()
        if _parent(path) in retained
    ]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def synthesize(settings: Settings, outdir: Path | None = None) -> Path:
    """Write the stack's JSON and code, and return their directory, in which Terraform runs.

    Args:
        settings: Settings of the stack.
        outdir: Output directory; by default that of the CDKTF CLI, or `cdktf.out`.
    """
    app = App(outdir=None if outdir is None else str(outdir))
    build(app, settings)
    app.synth()
    return Path(app.outdir) / "stacks" / STACK
