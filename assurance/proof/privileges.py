"""Least privilege, both ways: what handlers call is allowed, and what is allowed is called.

The whole e2e suite runs on embedded AWSes that note what IAM decides; calls of the functions are told from
those of tests by the name of their session. Then each role of a loaded stack tries what it must not be able
to do, on the things of other workloads without exception, on its own beyond what its handler calls.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.progress import track

from assurance.proof.figures import Figure, ProofError
from assurance.proof.grants import Calls, granted
from assurance.proof.probes import ACCOUNT_WIDE, OF_HANDLERS, PROBES, Probe
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import Loaded, load
from sandbox.server import process as embedded
from sandbox.server.process import Client, Server
from synthesized.references import addresses
from synthesized.stack import Stack

NEVER_SEEN = {
    ("files.api", "s3:PutObject"): "clients use it by presigned forms, and MiniStack asks no IAM about these",
}
"""What is granted and in no note of the embedded AWS, and why."""

TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": embedded.ACCOUNT}}]}
)
REFUSALS = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")


def measure(console: Console) -> list[Figure]:
    """Run the e2e suite, compare its calls with the grants, and try every role on what it may not do.

    Raises:
        ProofError: the suite fails, a call is refused that should not be, a grant is of no use, or a role can
            do what it must not.
    """
    with tempfile.TemporaryDirectory() as directory:
        _run_suite(Path(directory), console)
        used, made, refused = _calls(Path(directory))
        grants = _grants(Path(directory))
    unused = {(name, action) for name in grants for action in grants[name] - used[name]} - set(NEVER_SEEN)
    stale = {key for key in NEVER_SEEN if key[1] in used[key[0]]}
    tried, allowed = _try_roles(console)
    for wrong, said in (
        (refused, "calls were refused for want of a grant"),
        (unused, "grants were not used by the whole e2e suite"),
        (stale, "grants are used by now, and need no reason any more"),
        (allowed, "probes were allowed"),
    ):
        if wrong:
            raise ProofError(f"{len(wrong)} {said}: {', '.join(map(str, sorted(wrong)))}")
    total = sum(map(len, grants.values()))
    return [
        Figure("calls of handlers in the e2e suite, refused for want of a grant", f"0 of {made}", "0"),
        Figure(
            f"actions granted to {len(grants)} functions, and not used there",
            f"{len(NEVER_SEEN)} of {total}",
            f"0 but {len(NEVER_SEEN)} with a reason",
        ),
        Figure("probes of what roles must not be able to do, allowed", f"0 of {tried}", "0"),
    ]


def _run_suite(directory: Path, console: Console) -> None:
    with console.status("the e2e suite, with what IAM decides noted"):
        pytest = [sys.executable, "-m", "pytest", "tests/e2e", "-n", "2", "--dist", "loadfile"]
        done = subprocess.run(
            [*pytest, f"--basetemp={directory / 'pytest'}"], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise ProofError(f"the e2e suite fails:\n{done.stdout[-2000:]}")


def _calls(directory: Path) -> tuple[dict[str, set[str]], int, set[tuple[str, str]]]:
    """By handler, the actions that were allowed; how many calls; and those that nothing allowed.

    What tests deny on purpose is an explicit denial, and is not among these.
    """
    handlers = {
        name: handler for stack in _stacks(directory) for name, handler in _handlers_by_role(stack).items()
    }
    used: dict[str, set[str]] = defaultdict(set)
    refused, made = set(), 0
    for file in directory.rglob("decisions.jsonl"):
        for decision in map(json.loads, file.read_text().splitlines()):
            role, _, session = decision["principal"].partition("assumed-role/")[2].partition("/")
            if role and role == session:  # as Lambda names it
                made += 1
                handler, action = handlers[role], decision["action"]
                if decision["decision"] == "Allow":
                    used[handler].add(action)
                elif decision["decision"] == "ImplicitDeny":
                    refused.add((handler, action))
    return used, made, refused


def _grants(directory: Path) -> dict[str, set[str]]:
    """By handler, the actions that some stack of the suite grants."""
    grants: dict[str, set[str]] = defaultdict(set)
    for stack in _stacks(directory):
        for function in stack.resources("aws_lambda_function").values():
            grants[_name(function)] |= {
                action for action, _ in granted(stack, addresses(function["role"])[0])
            }
    return grants


def _stacks(directory: Path) -> Iterator[Stack]:
    return (Stack.read(path) for path in directory.rglob("cdk.tf.json"))


def _handlers_by_role(stack: Stack) -> dict[str, str]:
    roles = stack.resources("aws_iam_role")
    return {
        roles[addresses(function["role"])[0]]["name"]: _name(function)
        for function in stack.resources("aws_lambda_function").values()
    }


def _name(function: dict[str, Any]) -> str:
    return str(function["handler"]).removeprefix("handlers.").removesuffix(".handler")


@dataclass(frozen=True)
class _Role:
    """Who tries.

    Attributes:
        address: ``aws_iam_role.tasks_get-handler_role_...``.
        may: what its handler calls, and on what.
    """

    address: str
    may: Calls


def _try_roles(console: Console) -> tuple[int, set[str]]:
    """How many probes were made, and those that were allowed."""
    with tempfile.TemporaryDirectory() as directory:
        stack = synthesize(settings_from(), Path(directory) / "out")
        server = embedded.start(Path(directory) / "aws")
        try:
            return _try_all(Stack.read(stack / "cdk.tf.json"), server, load(stack, server), console)
        finally:
            server.stop()


def _try_all(stack: Stack, server: Server, loaded: Loaded, console: Console) -> tuple[int, set[str]]:
    tried: Counter[str] = Counter()
    allowed = set()
    for address in track(stack.resources("aws_iam_role"), "roles", console=console, transient=True):
        role = _Role(address, granted(stack, address))
        clients = _Clients(server, loaded, address)
        for target, attributes in {**loaded.attributes, "*": {}}.items():
            for probe in ACCOUNT_WIDE if target == "*" else PROBES.get(target.partition(".")[0], ()):
                if not _is_its_own(role, probe, target):
                    tried[address] += 1
                    if not _refused(clients, probe, attributes):
                        allowed.add(f"{address}: {probe.action} on {target}")
    return tried.total(), allowed


def _is_its_own(role: _Role, probe: Probe, target: str) -> bool:
    """Whether a role may do this: its handler has a reason to, on a thing of its own workload."""
    own = _workload(target) == _workload(role.address)
    return own and probe.action in OF_HANDLERS and (probe.action, target) in role.may


def _workload(address: str) -> str:
    return address.partition(".")[2].partition("_")[0]


class _Clients:
    """The clients of a role's session; the account itself is let into the role for that."""

    def __init__(self, server: Server, loaded: Loaded, role: str) -> None:
        self._server, self._region = server, loaded.region
        arn, name = loaded.attributes[role]["arn"], loaded.attributes[role]["name"]
        server.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=TRUST)
        sts = server.client("sts", loaded.region)
        self._session = sts.assume_role(RoleArn=arn, RoleSessionName="probe")["Credentials"]
        self._made: dict[str, Client] = {}

    def of(self, service: str) -> Client:
        if service not in self._made:
            self._made[service] = self._server.client(service, self._region, credentials=self._session)
        return self._made[service]


def _refused(clients: _Clients, probe: Probe, attributes: dict[str, Any]) -> bool:
    call = getattr(clients.of(probe.client), probe.method)
    try:
        call(**probe.parameters(attributes))
    except ClientError as error:
        return error.response["Error"]["Code"] in REFUSALS
    return False
