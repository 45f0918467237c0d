"""Where a step of a workflow runs: a directory, with `gh` and `terraform` faked, which cannot run here."""

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STACK = Path("cdktf.out/stacks/serverless")

BASH = shutil.which("bash") or "bash"

GH = """
import json, pathlib, subprocess, sys
arguments = sys.argv[1:]
with open("calls", "a") as calls:
    method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
    options = ("--field", "--raw-field")
    fields = [arguments[n + 1] for n, argument in enumerate(arguments) if argument in options]
    path = next(argument for argument in arguments if argument.startswith("repos/"))
    body = {name: pathlib.Path(value[1:]).read_text() if value.startswith("@") else value
            for name, _, value in (field.partition("=") for field in fields)}
    print(json.dumps([method, path, body]), file=calls)
if method == "GET":
    query = arguments[arguments.index("--jq") + 1]
    pages = json.loads(pathlib.Path("pages").read_text())
    for page in pages if "--paginate" in arguments else pages[:1]:  # each by itself, as gh does
        subprocess.run(["jq", "-r", query], input=json.dumps(page), text=True, check=True)
"""
TERRAFORM = """
import os, pathlib, sys
with open(os.environ["CALLS"], "a") as calls:
    print(*sys.argv[1:], file=calls)
if "show" in sys.argv:
    print(os.environ["WAITING" if "waiting.tfplan" in sys.argv else "SHOWN"])
if "plan" in sys.argv:
    pathlib.Path("plan.tfplan").write_text("planned")
    print("the plan, with all that is secret")
    sys.exit(int(os.environ["CODE"]))
"""


@dataclass(frozen=True)
class Runner:
    """A directory in which a step runs."""

    directory: Path

    def run(self, script: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            # What GitHub runs for `shell: bash`.
            [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self.directory,
            env={
                "PATH": f"{self.directory / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "RUNNER_TEMP": str(self.directory / "temp"),
                "GITHUB_OUTPUT": str(self.directory / "output"),
                "GITHUB_STEP_SUMMARY": str(self.directory / "summary"),
                "CALLS": str(self.directory / "calls"),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def write(self, name: str, content: str) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def read(self, name: str) -> str:
        path = self.directory / name
        return path.read_text() if path.exists() else ""

    def program(self, name: str, source: str) -> None:
        self.write(name, f"#!{sys.executable}\n{source}")
        (self.directory / name).chmod(stat.S_IRWXU)

    def calls(self) -> list[Any]:
        """What was asked of GitHub beside reading."""
        calls = [json.loads(line) for line in self.read("calls").splitlines()]
        return [call for call in calls if call[0] != "GET"]
