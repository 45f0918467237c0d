"""Least privilege: handlers are allowed every call that they make, and make every call that they are allowed.

The whole e2e suite runs on embedded AWSes that log the decisions of IAM; calls of functions are recognized
by the name of their session. Then each role of a loaded stack attempts calls that it must not be allowed to
make: all of them on resources of other workloads, and on those of its own workload those that its handler
does not make.
"""

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.progress import track

from assurance.proof.figures import Figure, ProofError
from assurance.proof.grants import Calls, granted
from assurance.proof.probes import ACCOUNT_WIDE, ACTIONS_OF_HANDLERS, BEYOND_GRANTS, PROBES, Probe
from assurance.proof.pytest_runs import failures, run_tests
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import Loaded, load
from sandbox.server import process as embedded
from sandbox.server.process import Client, Server
from synthesized.references import addresses
from synthesized.stack import FILE, Stack

PRESIGNED = "clients use it in presigned forms, for which MiniStack evaluates no policy"
DEPLOYMENTS = "--ignore=tests/e2e/test_deployment.py"
"""Left out of the e2e suite: it calls no function, and is skipped without Terraform and a provider."""

UNOBSERVABLE = {("files.api", "s3:PutObject"): PRESIGNED}
"""Grants that no decision log contains, and why."""

TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": embedded.ACCOUNT}}]}
)
DENIALS = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")


@dataclass
class _Decisions:
    """The decisions of IAM about calls of handlers.

    Attributes:
        used: By handler, the actions that were allowed.
        denied: Handler and action of the calls that no policy allowed.
        total: Number of calls.
    """

    used: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    denied: set[tuple[str, str]] = field(default_factory=set)
    total: int = 0


def measure(console: Console) -> list[Figure]:
    """Run the e2e suite, compare its calls with the grants, and probe every role.

    Raises:
        ProofError: The suite fails, a call lacks a grant, a grant is unused, or a probe is allowed.
    """
    with tempfile.TemporaryDirectory() as directory:
        with console.status("the e2e suite, with a log of IAM's decisions"):
            failed = failures(run_tests("tests/e2e", DEPLOYMENTS, f"--basetemp={Path(directory) / 'pytest'}"))
        if failed:
            raise ProofError("\n".join(["the e2e suite fails:", *failed]))
        decisions = _read_decisions(Path(directory))
        grants = _grants(Path(directory))
    granted_actions = {(name, action) for name, actions in grants.items() for action in actions}
    used_actions = {(name, action) for name, actions in decisions.used.items() for action in actions}
    probes, allowed_probes = _probe_roles(console)
    _require_none(decisions.denied, "calls were denied because a grant is missing")
    _require_none(granted_actions - used_actions - set(UNOBSERVABLE), "grants are not used by the e2e suite")
    _require_none(set(UNOBSERVABLE) & used_actions, "grants in UNOBSERVABLE are used")
    _require_none(allowed_probes, "probes were allowed")
    return [
        Figure("calls of handlers in the e2e suite that lack a grant", f"0 of {decisions.total}", "0"),
        Figure(
            f"actions that are granted to {len(grants)} functions and not used there",
            f"{len(UNOBSERVABLE)} of {len(granted_actions)}",
            f"0 except {len(UNOBSERVABLE)} with a reason",
        ),
        Figure("probes of forbidden calls that are allowed", f"0 of {probes}", "0"),
    ]


def _require_none(problems: Iterable[object], description: str) -> None:
    lines = sorted(map(str, problems))
    if lines:
        raise ProofError(f"{len(lines)} {description}: {', '.join(lines)}")


def _read_decisions(directory: Path) -> _Decisions:
    """Return the decisions about handlers, without explicit denials: tests add these on purpose."""
    handlers = {
        role: handler for stack in _stacks(directory) for role, handler in _handlers_by_role(stack).items()
    }
    decisions = _Decisions()
    for file in directory.rglob("decisions.jsonl"):
        for decision in map(json.loads, file.read_text().splitlines()):
            role, _, session = decision["principal"].partition("assumed-role/")[2].partition("/")
            if role and role == session:  # Lambda names its sessions after the role
                decisions.total += 1
                handler, action = handlers[role], decision["action"]
                if decision["decision"] == "Allow":
                    decisions.used[handler].add(action)
                elif decision["decision"] == "ImplicitDeny":
                    decisions.denied.add((handler, action))
    return decisions


def _grants(directory: Path) -> dict[str, set[str]]:
    """Return, by handler, the actions that any stack of the suite grants."""
    grants: dict[str, set[str]] = defaultdict(set)
    for stack in _stacks(directory):
        for function in stack.resources("aws_lambda_function").values():
            calls = granted(stack, addresses(function["role"])[0])
            grants[_handler_name(function)] |= {action for action, _ in calls}
    return grants


def _stacks(directory: Path) -> Iterator[Stack]:
    return (Stack.read(path) for path in directory.rglob(FILE))


def _handlers_by_role(stack: Stack) -> dict[str, str]:
    roles = stack.resources("aws_iam_role")
    return {
        roles[addresses(function["role"])[0]]["name"]: _handler_name(function)
        for function in stack.resources("aws_lambda_function").values()
    }


def _handler_name(function: dict[str, Any]) -> str:
    return str(function["handler"]).removeprefix("handlers.").removesuffix(".handler")


@dataclass(frozen=True)
class _Role:
    """A role that is probed.

    Attributes:
        address: Address of the role: `aws_iam_role.tasks_get-handler_role_...`.
        calls: The calls that its grants allow.
    """

    address: str
    calls: Calls


def _probe_roles(console: Console) -> tuple[int, set[str]]:
    """Return the number of probes, and those that were allowed."""
    with tempfile.TemporaryDirectory() as directory:
        stack = synthesize(settings_from(), Path(directory) / "out")
        server = embedded.start(Path(directory) / "aws")
        try:
            return _probe_all(Stack.read(stack / FILE), server, load(stack, server), console)
        finally:
            server.stop()


def _probe_all(stack: Stack, server: Server, loaded: Loaded, console: Console) -> tuple[int, set[str]]:
    probes: Counter[str] = Counter()
    allowed = set()
    for address in track(stack.resources("aws_iam_role"), "roles", console=console, transient=True):
        role = _Role(address, granted(stack, address))
        clients = _RoleClients(server, loaded, address)
        for target, attributes in {**loaded.attributes, "*": {}}.items():
            for probe in _forbidden(role, target):
                probes[address] += 1
                if not _is_denied(clients, probe, attributes):
                    allowed.add(f"{address}: {probe.action} on {target}")
    return probes.total(), allowed


def _forbidden(role: _Role, target: str) -> Iterator[Probe]:
    """Yield the probes of a resource, or of the account (`*`), that a role must not be allowed."""
    if target == "*":
        yield from ACCOUNT_WIDE
        return
    type_ = target.partition(".")[0]
    yield from (probe for probe in PROBES.get(type_, ()) if not _is_needed(role, probe, target))
    yield from BEYOND_GRANTS.get((_workload(role.address), type_), ())


def _is_needed(role: _Role, probe: Probe, target: str) -> bool:
    """Return whether a role's handler needs this call, on a resource of its own workload."""
    same_workload = _workload(target) == _workload(role.address)
    return same_workload and probe.action in ACTIONS_OF_HANDLERS and (probe.action, target) in role.calls


def _workload(address: str) -> str:
    return address.partition(".")[2].partition("_")[0]


class _RoleClients:
    """Clients with the credentials of a role, which is changed to trust the account for that."""

    def __init__(self, server: Server, loaded: Loaded, role: str) -> None:
        self._server, self._region = server, loaded.region
        arn, name = loaded.attributes[role]["arn"], loaded.attributes[role]["name"]
        server.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=TRUST)
        sts = server.client("sts", loaded.region)
        self._session = sts.assume_role(RoleArn=arn, RoleSessionName="probe")["Credentials"]
        self._clients: dict[str, Client] = {}

    def of(self, service: str) -> Client:
        """Return the client of a service."""
        if service not in self._clients:
            self._clients[service] = self._server.client(service, self._region, credentials=self._session)
        return self._clients[service]


def _is_denied(clients: _RoleClients, probe: Probe, attributes: dict[str, Any]) -> bool:
    call = getattr(clients.of(probe.client), probe.method)
    try:
        call(**probe.arguments(attributes))
    except ClientError as error:
        return error.response["Error"]["Code"] in DENIALS
    return False
