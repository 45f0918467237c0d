"""Run `terraform`, or `tofu`, in a directory of its own, and read what it says.

Both speak JSON lines to programs (https://developer.hashicorp.com/terraform/internals/machine-readable-ui);
a log gets them as text.
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
"""One line of what it says."""

PROGRAMS = ("terraform", "tofu")
# The first of both with write-only arguments, which the stack's secret has (P13). The stack says so itself,
# in `required_version`; OpenTofu leaves that to Terraform as of 1.12.
MINIMUM = (1, 11)
WANTED = f"install one, version {'.'.join(map(str, MINIMUM))} or newer, or omit ENGINE"

# Three times its own number: most of an apply is waiting until what was made is seen to be there.
PARALLELISM = 30
CHANGES = 2  # exit code of `plan -detailed-exitcode`
MESSAGE_LENGTH = 400

ADVICE = {
    "init": "Providers come from their registry, or from where the file that TF_CLI_CONFIG_FILE names says. ",
    "lock": "Another run holds the lock: let it end. ",
}


@dataclass(frozen=True)
class Terraform:
    """A program, and a directory with a configuration that it works in.

    Attributes:
        program: Its path.
        directory: Where the configuration is.
        log: Gets all that it says, but for values of the state.
        environment: Its whole environment.
    """

    program: Path
    directory: Path
    log: Path
    environment: Mapping[str, str]

    def init(self) -> None:
        """Get the provider, and use the state that the configuration names.

        What an earlier start left in the directory (another server's state, an older provider) is no matter.

        Raises:
            TerraformError: The configuration wants another version, or the provider cannot be had.
        """
        self._run("init", "-reconfigure", "-upgrade")

    def apply(self, progress: Progress) -> None:
        """Make what the configuration says.

        Raises:
            TerraformError: The state is locked, or something cannot be made; what could be, is.
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
        """Plan again; return the addresses that this would change, and outputs, as `output.<name>`.

        What it would change is in the log.
        """
        found = []

        def collect(event: Event) -> None:
            match event:
                case {"type": "planned_change", "change": {"resource": {"addr": address}}}:
                    found.append(address)
                case {"type": "outputs", "outputs": outputs}:
                    changes = {name for name, each in outputs.items() if each.get("action", "noop") != "noop"}
                    found.extend(f"output.{name}" for name in sorted(changes))

        code = self._run("plan", "-detailed-exitcode", "-out=second.tfplan", on_event=collect)
        if code == CHANGES:
            self._note(self._printed("show", "-no-color", "second.tfplan"))
            return found or ["what has no address"]
        return []

    def state(self) -> Mapping[str, JSON]:
        """Return the state's values, as `show -json` has them: `outputs` and `root_module`."""
        values: Mapping[str, JSON] = _object(self._printed("show", "-json")).get("values", {})
        return values

    def _run(self, *arguments: str, on_event: Callable[[Event], None] = lambda _: None) -> int:
        """Run it to its end; return the exit code: 0, or of a plan `CHANGES`.

        It is in a session of its own, and killed with its providers when an exception (Ctrl-C) ends this: by
        itself it would wait for what is under way, in a server that goes then.
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
        """Return what it prints; nothing of it goes to the log."""
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
        return TerraformError(f"{what}. {advice}The whole output is in {self.log}")

    def _note(self, text: str) -> None:
        with self.log.open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S} {text.rstrip()}\n")


def find() -> Path:
    """Return the first of `PROGRAMS` that is on the PATH.

    Raises:
        TerraformError: There is none, it cannot be run, or it is older than `MINIMUM`.
    """
    for name in PROGRAMS:
        path = shutil.which(name)
        if path:
            version = _version(path)
            if tuple(map(int, version.split(".")[:2])) < MINIMUM:
                raise TerraformError(f"{path} is version {version}: {WANTED}")
            return Path(path)
    raise TerraformError(f"neither {' nor '.join(PROGRAMS)} is on the PATH: {WANTED}")


def _version(path: str) -> str:
    command = [path, "version", "-json"]
    try:
        said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        return str(_object(said.stdout)["terraform_version"])  # of tofu, too
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
        raise TerraformError(f"`{' '.join(command)}` does not say its version: {error}") from None


def _object(printed: str) -> dict[str, JSON]:
    """Read the JSON that was asked for; OpenTofu may put warnings about its own configuration before it."""
    found: dict[str, JSON] = json.loads(printed[printed.index("{") :])
    return found


def _event(line: str) -> Event:
    """Read a line; what is no JSON is a message (a complaint about the arguments, say)."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"@message": line.strip()}


def _text(event: Event) -> str:
    diagnostic = event.get("diagnostic", {})
    parts = (event.get("@message"), diagnostic.get("address"), diagnostic.get("detail"))
    return "\n".join(part for part in parts if part)


def _error(diagnostic: Mapping[str, Any]) -> str:
    """Return where, what and why; of why its first paragraph, since further ones are general advice."""
    why = diagnostic.get("detail", "").partition("\n\n")[0]
    return ": ".join(part for part in (diagnostic.get("address"), diagnostic["summary"], why) if part)
