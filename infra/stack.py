"""The one stack: provider, state, platform, workloads."""

from pathlib import Path

from cdktf import App, S3Backend, TerraformOutput, TerraformStack
from constructs import Construct

from infra.constructs.provider import provide
from infra.naming import State
from infra.platform import Platform
from infra.settings import Settings
from infra.workloads.files import Files
from infra.workloads.records import Records
from infra.workloads.requests import Requests
from infra.workloads.tasks import Tasks
from infra.workloads.uploads import Uploads

WORKLOADS = {"tasks": Tasks, "records": Records, "uploads": Uploads, "requests": Requests, "files": Files}

STACK = "serverless"
"""The stack's id, which begins every construct path and names its directory."""

REQUIRED_VERSION = ">= 1.11"
"""Of terraform or tofu: write-only arguments and the state's own lock file (P2, P13)."""


class ServerlessStack(TerraformStack):
    """Composes the platform and the workloads that the settings turn on."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id)
        self.add_override("terraform.required_version", REQUIRED_VERSION)
        # cdktn, from 0.24 on, holds write-only arguments against these (docs/fork.md)
        self.node.set_context("targetVersions", {"terraform": REQUIRED_VERSION, "opentofu": REQUIRED_VERSION})
        provide(self, region=settings.aws_region, tags=settings.tags)
        self._remember_state(settings)
        platform = Platform(self, "platform", settings=settings)
        TerraformOutput(self, "vpc-id", value=platform.network.id)
        TerraformOutput(self, "s3-bucket-name", value=platform.deploy_bucket.name)
        for workload in settings.workloads:
            WORKLOADS[workload](self, workload, platform=platform)
        if settings.protected:
            self._let_go_of_workloads_that_are_off(settings)

    def _remember_state(self, settings: Settings) -> None:
        """Keep state in S3, encrypted with the key that ``bootstrap`` makes beside the bucket (P2)."""
        state = State.of(settings)
        S3Backend(
            self,
            bucket=state.bucket,
            key=state.key,
            region=state.region,
            encrypt=True,
            kms_key_id=state.key_alias,
        )
        self.add_override("terraform.backend.s3.use_lockfile", value=True)  # cdktf 0.21 lacks the argument

    def _let_go_of_workloads_that_are_off(self, settings: Settings) -> None:
        """Keep what holds their data: it leaves the state and is not destroyed (P12).

        ``prevent_destroy`` goes with its block, so what leaves the configuration would be destroyed. What
        there would be to keep is read from the same stack with every workload on: what refuses to be
        destroyed, and with it the rest of its construct, as a bucket's policy.
        """
        off = set(WORKLOADS) - set(settings.workloads)
        if not off:
            return
        whole = settings.model_copy(update={"workloads": tuple(WORKLOADS)})
        resources = {
            f"{kind}.{name}": (resource["//"]["metadata"]["path"], resource.get("lifecycle", {}))
            for kind, named in ServerlessStack(App(), self.node.id, settings=whole)
            .to_terraform()["resource"]
            .items()
            for name, resource in named.items()
        }
        kept = {
            path.rpartition("/")[0]
            for path, lifecycle in resources.values()
            if path.split("/")[1] in off and lifecycle.get("prevent_destroy")
        }
        removed = [
            {"from": address, "lifecycle": {"destroy": False}}
            for address, (path, _) in resources.items()
            if path.rpartition("/")[0] in kept
        ]
        self.add_override("removed", removed)


def synthesize(settings: Settings, outdir: Path | None = None) -> Path:
    """Write the stack's JSON and code, and return their directory, the one to run Terraform in.

    Args:
        settings: what to synthesize.
        outdir: the output directory; by default that of the CDKTF CLI, or ``cdktf.out``.
    """
    app = App(outdir=None if outdir is None else str(outdir))
    ServerlessStack(app, STACK, settings=settings)
    app.synth()
    return Path(app.outdir) / "stacks" / STACK
