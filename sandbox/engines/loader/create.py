"""Make one resource: the calls of its row, with parameters as the service model wants them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import StructureShape
from botocore.validate import ParamValidator

from sandbox.engines.loader.document import JSON
from sandbox.engines.loader.expressions import follow, steps
from sandbox.engines.loader.mapping import Names, UnknownAttributeError, parameters, tag_parameter
from sandbox.errors import LoadError
from sandbox.resource_types.kind import Attributes, Call, Context, Kind
from sandbox.server.process import Client

WRITE_ONLY = "_wo"
"""How the name of a write-only argument ends: its value reaches the API, and nothing and nobody else."""

# A bound for a waiter, not a wait: it looks at once, then twenty times a second for half a minute.
WAITER = {"Delay": 0.05, "MaxAttempts": 600}


@dataclass(frozen=True)
class Maker:
    """What is needed to make a resource of a kind.

    Attributes:
        address: The resource's, for errors.
        kind: Its row.
        client: A boto3 client of the row's service.
        context: Where the stack is loaded.
        default_tags: The provider's.
    """

    address: str
    kind: Kind
    client: Client
    context: Context
    default_tags: Mapping[str, str]

    def make(self, given: Attributes) -> Attributes:
        """Make the resource; return the given attributes and those that the calls returned.

        Write-only arguments are not among them.

        Raises:
            LoadError: An attribute is unknown, a checked one differs, or a call fails.
        """
        kind = self.kind
        known: Attributes = {**kind.defaults, **given}
        passed = {
            name: value
            for name, value in known.items()
            if name not in kind.ignored and name not in kind.checks
        }
        tags = {**self.default_tags, **passed.pop("tags", {})}
        if self._tagged():
            known["tags_all"] = tags
            passed |= {"tags": tags} if tags else {}
        elif "tags" in given:
            raise self._unknown("tags", given["tags"], "unknown attribute")
        self._create(passed, known)
        self._check(known)
        for name, template in kind.composed.items():
            known[name] = template.format(**{**asdict(self.context), **known})
        return {name: value for name, value in known.items() if not name.endswith(WRITE_ONLY)}

    def _create(self, passed: Attributes, known: Attributes) -> None:
        """Make the row's calls; each adds what it returns to `known`."""
        later = {name for call in self.kind.then for name in (*call.takes, call.when)}
        first = {name: value for name, value in passed.items() if name not in later}
        if self.kind.create:
            known |= self._call(self.kind.create, first, known)
        elif first:
            name, value = next(iter(first.items()))
            raise self._unknown(name, value, "unknown attribute")
        for call in self.kind.then:
            taken = {name: passed[name] for name in call.takes if name in passed}
            wanted = bool(known.get(call.when)) if call.when else bool(taken) or not call.takes
            if wanted:
                known |= self._call(call, taken, known)

    def _call(self, call: Call, taken: Attributes, known: Attributes) -> Attributes:
        """Make one call; return what it tells of the resource."""
        sent = self._parameters(call, taken) | dict(call.fixed) | _looked_up(call.keys, known)
        if self.kind.absent:
            self._validate(call, sent)
            return {}
        try:
            response = getattr(self.client, xform_name(call.operation))(**sent)
        except (ClientError, BotoCoreError) as error:
            if any(name.endswith(WRITE_ONLY) for name in taken):  # which the message may quote
                reason = f"{type(error).__name__}, with a write-only value"
                raise LoadError(self.address, f"{call.operation}: {reason}") from None
            raise LoadError(self.address, f"{call.operation}: {error}") from error
        return _told(response, call.returns)

    def _validate(self, call: Call, sent: Mapping[str, Any]) -> None:
        """Raise when the service's model would not let a call be sent."""
        report = ParamValidator().validate(sent, self._shape(call))
        if report.has_errors():
            raise LoadError(self.address, f"{call.operation}: {report.generate_report()}")

    def _parameters(self, call: Call, taken: Attributes) -> dict[str, Any]:
        """Map the attributes that a call takes to its parameters."""
        shape = self._shape(call)
        rest = dict(taken)
        tags = rest.pop("tags", {})
        found = (tag_parameter(shape, tags, self.kind.tag_type) if tags else None) or {}
        try:
            if call.reshape:
                rest = call.reshape(rest, self.context)
            return found | parameters(shape, rest, call.names)
        except UnknownAttributeError as error:
            raise self._unknown(error.path, error.value, error.reason) from None
        except OSError as error:
            raise LoadError(self.address, f"cannot read its file: {error}") from None

    def _tagged(self) -> bool:
        """Whether the kind's first call, or one that says so, takes tags."""
        first, then = self.kind.create, self.kind.then
        return any("tags" in call.takes for call in then) or (
            first is not None and tag_parameter(self._shape(first), {}, "") is not None
        )

    def _shape(self, call: Call) -> StructureShape:
        shape: StructureShape = self.client.meta.service_model.operation_model(call.operation).input_shape
        return shape

    def wait(self, known: Attributes) -> None:
        """Return when the resource, whose attributes are `known`, can be used.

        Raises:
            LoadError: It failed, or the bound is over.
        """
        if not self.kind.wait:
            return
        wait = self.kind.wait
        try:
            waiter = self.client.get_waiter(wait.waiter)
            waiter.wait(**_looked_up(wait.keys, known), WaiterConfig=WAITER)
        except BotoCoreError as error:
            raise LoadError(self.address, str(error)) from error

    def _check(self, known: Attributes) -> None:
        """Raise when an attribute is not what a call returned for it."""
        for name, actual in self.kind.checks.items():
            if name in known and known[name] != known[actual]:
                raise self._unknown(name, known[name], f"is not the {actual}, {known[actual]!r}")

    def _unknown(self, path: str, value: JSON, reason: str) -> LoadError:
        write_only = path.partition(".")[0].endswith(WRITE_ONLY)
        got = "a write-only value" if write_only else repr(value)
        return LoadError(f"{self.address}.{path}", f"{reason}, got {got}")


def _told(response: Mapping[str, Any], returns: Names) -> Attributes:
    """Return what a response tells of a resource; what it leaves out is no attribute."""
    found = {}
    for name, path in returns.items():
        with suppress(LookupError):
            found[name] = follow(response, steps(path))
    return found


def _looked_up(keys: Names, known: Attributes) -> dict[str, Any]:
    """Return parameters that are attributes: `id`, or `[id]` for a list of it."""
    return {
        member: [known[name.strip("[]")]] if name.startswith("[") else known[name]
        for member, name in keys.items()
    }
