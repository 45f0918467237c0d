"""Deployments as docs/deploy.md describes them, to the embedded AWS: with Terraform, and with CDKTF's CLI."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.engines.terraform.apply import OVERRIDE, override
from sandbox.lifecycle import Engine
from sandbox.server.process import Server
from synthesized.stack import FILE, Stack

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
STACK = Path("cdktf.out/stacks/serverless")
SYNTH = shlex.join([sys.executable, str(ROOT / "main.py")])
# Whose targets would install what the tests already run in.
MAKE = {"make synth": SYNTH, "make bootstrap": f"{shlex.quote(sys.executable)} -m operations.bootstrap"}
# The user's source of providers; the other variables would be settings of the stack.
KEPT = ("PATH", "HOME", "TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "TF_CLI_ARGS_providers_lock")
CDKTF_VERSION = "0.21"
COMPLETE = re.compile(r"(?:Apply|Destroy) complete! Resources: (.*)\.")


def documented(heading: str) -> list[str]:
    """Return the commands of the first block under a heading of docs/deploy.md."""
    section = (ROOT / "docs/deploy.md").read_text().partition(f"\n## {heading}\n")[2]
    commands = section.partition("```sh\n")[2].partition("```")[0]
    assert commands, f"docs/deploy.md has no commands under {heading}"
    return commands.splitlines()


@dataclass(frozen=True)
class Checkout:
    """A directory in which people run the commands, as in a checkout."""

    directory: Path
    environment: dict[str, str]
    server: Server

    def run(self, *commands: str) -> str:
        """Run commands in one shell until one fails; return what they print."""
        script = "\n".join(MAKE.get(command, command) for command in commands)
        result = subprocess.run(
            ["/bin/bash", "-euc", script],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        return result.stdout

    def synthesize(self, *exports: str) -> Stack:
        """Create the bucket of the state, synthesize, and point the stack at the embedded AWS."""
        self.run(*exports, "make bootstrap", "make synth")
        stack = Stack.read(self.directory / STACK / FILE)
        # Terraform and the CLI leave the file alone, and so does the next synth.
        (self.directory / STACK / OVERRIDE).write_text(json.dumps(override(stack, self.server)))
        return stack


@pytest.fixture
def checkout(tmp_path: Path, server: Server, engine: Engine) -> Checkout:
    if engine is not Engine.TERRAFORM:
        pytest.skip("needs Terraform and the provider: make e2e ENGINE=terraform")
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on the PATH; the commands of docs/deploy.md name it")
    (tmp_path / "plugins").mkdir()
    shutil.copy(ROOT / "cdktf.json", tmp_path)
    environment = {
        "TF_PLUGIN_CACHE_DIR": str(tmp_path / "plugins"),
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "CHECKPOINT_DISABLE": "1",
        **server.environment(),
    }
    return Checkout(tmp_path, environment, server)


@pytest.fixture
def cdktf() -> str:
    """Return the CLI that the variable `CDKTF` names, or that is on the PATH."""
    program = os.environ.get("CDKTF") or shutil.which("cdktf")
    if not program:
        pytest.skip("cdktf is neither on the PATH nor in the variable CDKTF")
    command = [program, "--version"]
    version = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    if not version.startswith(CDKTF_VERSION):
        pytest.skip(f"{program} is version {version}, not {CDKTF_VERSION}")
    return shlex.quote(str(Path(program).resolve()))


def test_two_environments_of_one_checkout_are_deployed_in_turn(checkout: Checkout) -> None:
    checkout.environment.update(ENVIRONMENT_SUFFIX="e2eturn", WORKLOADS="none")
    changes, buckets = [], []
    for exports in ([], documented("A second environment"), []):
        checkout.synthesize(*exports)
        changes += COMPLETE.findall(checkout.run(*exports, *documented("Apply")))
        buckets.append(checkout.run(*exports, f"terraform -chdir={STACK} output -raw s3-bucket-name"))
    added = len(Stack.read(checkout.directory / STACK / FILE).resources())
    new, unchanged = f"{added} added, 0 changed, 0 destroyed", "0 added, 0 changed, 0 destroyed"
    assert changes == [new, new, unchanged]
    assert "-dev" in buckets[0]
    assert buckets == [buckets[0], buckets[0].replace("-dev", "-stage"), buckets[0]]


def test_cdktf_cli_deploys_finds_no_difference_and_destroys(checkout: Checkout, cdktf: str) -> None:
    checkout.environment.update(ENVIRONMENT_SUFFIX="e2ecli", WORKLOADS="tasks")
    count = len(checkout.synthesize().resources())
    app = f"--app {shlex.quote(SYNTH)}"
    deployed = checkout.run(f"{cdktf} deploy --auto-approve {app}")
    assert COMPLETE.findall(deployed) == [f"{count} added, 0 changed, 0 destroyed"]
    assert "No changes." in checkout.run(f"{cdktf} diff {app}")
    destroyed = checkout.run(f"{cdktf} destroy --auto-approve {app}")
    assert COMPLETE.findall(destroyed) == [f"{count} destroyed"]
