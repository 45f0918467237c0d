"""Run `terraform` or `tofu` in a directory, and read its output.

Both can print JSON lines (https://developer.hashicorp.com/terraform/internals/machine-readable-ui). They are
written to a log as text.
"""

import json
import os
import shutil
import signal
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from sandbox.engines.loader.load import Progress
from sandbox.errors import TerraformError
from synthesized.stack import JSON

Event: TypeAlias = Mapping[str, Any]
"""A line of the output."""

PROGRAMS = ("terraform", "tofu")
# The first versions with write-only arguments, which the stack's secret uses (P13). Terraform also checks the
# stack's `required_version`; OpenTofu 1.12 ignores it.
MINIMUM = (1, 11)
REQUIRED = f"install one, version {'.'.join(map(str, MINIMUM))} or newer, or omit ENGINE"

# Three times Terraform's default, because an apply mostly waits until new resources are visible.
PARALLELISM = 30
CHANGES = 2  # the exit code of `plan -detailed-exitcode` when the plan is not empty
MESSAGE_LENGTH = 400

ADVICE = {
    "init": "Providers come from the registry, or from the source that TF_CLI_CONFIG_FILE configures. ",
    "lock": "Another run holds the lock: wait until it ends. ",
}


@dataclass(frozen=True)
class Terraform:
    """Terraform or OpenTofu, with a directory that contains a configuration.

    Attributes:
        program: The path of the executable.
        directory: The directory of the configuration.
        log: The file to which the output is appended, without the values of the state.
        environment: All environment variables of the program.
    """

    program: Path
    directory: Path
    log: Path
    environment: Mapping[str, str]

    def install(self) -> None:
        """Install the provider, in place of an older one; the backend is neither read nor configured.

        Raises:
            TerraformError: The configuration requires another version, or the provider cannot be installed.
        """
        self._run("init", "-backend=false", "-upgrade")

    def init(self) -> None:
        """Configure the backend, in place of that of another server, and install a missing provider.

        Raises:
            TerraformError: As of `install`; or the backend cannot be read.
        """
        self._run("init", "-reconfigure")

    def apply(self, progress: Progress) -> None:
        """Create the resources of the configuration.

        Raises:
            TerraformError: The state is locked, or a resource cannot be created. Other resources are kept.
        """
        done, total = 0, 0

        def count(event: Event) -> None:
            nonlocal done, total
            match event:
                case {"type": "change_summary", "changes": {"operation": "plan", "add": add}}:
                    total = add
                case {"type": "apply_complete", "hook": {"action": "create"}}:
                    done += 1
            match event:
                case {"type": "apply_start" | "apply_progress", "hook": {"resource": {"addr": address}}}:
                    progress(done, total, address)

        self._run("apply", "-auto-approve", f"-parallelism={PARALLELISM}", on_event=count)

    def differences(self) -> list[str]:
        """Plan again; return the addresses that the plan would change, and outputs as `output.<name>`.

        The log contains the plan.
        """
        addresses = []

        def collect(event: Event) -> None:
            match event:
                case {"type": "planned_change", "change": {"resource": {"addr": address}}}:
                    addresses.append(address)
                case {"type": "outputs", "outputs": outputs}:
                    changed = sorted(
                        name for name, output in outputs.items() if output.get("action", "noop") != "noop"
                    )
                    addresses.extend(f"output.{name}" for name in changed)

        code = self._run("plan", "-detailed-exitcode", "-out=second.tfplan", on_event=collect)
        if code == CHANGES:
            self._note(self._printed("show", "-no-color", "second.tfplan"))
            return addresses or ["something without an address"]
        return []

    def state(self) -> Mapping[str, JSON]:
        """Return the values in the state, `outputs` and `root_module`, in the format of `show -json`."""
        values: Mapping[str, JSON] = _object(self._printed("show", "-json")).get("values", {})
        return values

    def _run(self, *arguments: str, on_event: Callable[[Event], None] = lambda _: None) -> int:
        """Run a command; return the exit code: 0, or `CHANGES` for a plan.

        The program runs in its own session. When an exception (Ctrl-C) ends this method, the program and its
        providers are killed. Otherwise they would wait for operations in a server that is stopped.
        """
        errors: list[str] = []
        last = ""
        self._note(f"{self.program} {' '.join(arguments)}")
        with subprocess.Popen(
            [self.program, *arguments, "-input=false", "-json"],
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                for line in process.stdout or ():
                    event = _event(line)
                    self._note(_text(event))
                    last = line.strip() or last
                    match event:
                        case {"type": "diagnostic", "diagnostic": {"severity": "error"}}:
                            errors.append(_error(event["diagnostic"]))
                    on_event(event)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode not in ({0, CHANGES} if "-detailed-exitcode" in arguments else {0}):
            raise self._failure(arguments[0], errors or [last or f"exit code {process.returncode}"])
        return process.returncode

    def _printed(self, *arguments: str) -> str:
        """Return the output of a command, which is not logged."""
        try:
            return subprocess.run(
                [self.program, *arguments],
                cwd=self.directory,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        except subprocess.CalledProcessError as error:
            self._note(error.stderr)
            raise self._failure(arguments[0], [error.stderr]) from None

    def _failure(self, command: str, errors: list[str]) -> TerraformError:
        first = textwrap.shorten(errors[0], MESSAGE_LENGTH, placeholder=" …").rstrip(".")
        more = f" (and {len(errors) - 1} more)" if errors[1:] else ""
        advice = ADVICE.get("lock" if "state lock" in first else command, "")
        what = f"{self.program.name} {command} failed: {first}{more}"
        return TerraformError(f"{what}. {advice}The complete output is in {self.log}")

    def _note(self, text: str) -> None:
        with self.log.open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S} {text.rstrip()}\n")


def find() -> Path:
    """Return the path of the first of `PROGRAMS` that is on the PATH.

    Raises:
        TerraformError: None is on the PATH, or the first cannot be run or is older than `MINIMUM`.
    """
    for name in PROGRAMS:
        path = shutil.which(name)
        if path:
            version = _version(path)
            if tuple(map(int, version.split(".")[:2])) < MINIMUM:
                raise TerraformError(f"{path} is version {version}: {REQUIRED}")
            return Path(path)
    raise TerraformError(f"neither {' nor '.join(PROGRAMS)} is on the PATH: {REQUIRED}")


def _version(path: str) -> str:
    command = [path, "version", "-json"]
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        return str(_object(result.stdout)["terraform_version"])  # OpenTofu uses the same name
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
        raise TerraformError(f"`{' '.join(command)}` does not print its version: {error}") from None


def _object(output: str) -> dict[str, JSON]:
    """Return the JSON in an output, which OpenTofu may begin with warnings about its configuration."""
    content: dict[str, JSON] = json.loads(output[output.index("{") :])
    return content


def _event(line: str) -> Event:
    """Return a line as an event. A line that is not JSON (an error in the arguments) becomes its message."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {"@message": line.strip()}


def _text(event: Event) -> str:
    diagnostic = event.get("diagnostic", {})
    parts = (event.get("@message"), diagnostic.get("address"), diagnostic.get("detail"))
    return "\n".join(part for part in parts if part)


def _error(diagnostic: Mapping[str, Any]) -> str:
    """Return the address, the summary and the first paragraph of the detail; others are general advice."""
    detail = diagnostic.get("detail", "").partition("\n\n")[0]
    return ": ".join(part for part in (diagnostic.get("address"), diagnostic["summary"], detail) if part)
