"""Create one resource: the calls of its type, with parameters that fit the service model."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import StructureShape
from botocore.validate import ParamValidator

from sandbox.engines.loader.expressions import follow
from sandbox.engines.loader.mapping import Names, UnknownAttributeError, parameters, tag_parameter
from sandbox.errors import LoadError
from sandbox.resource_types.resource_type import Attributes, Call, Context, ResourceType
from sandbox.server.process import Client
from synthesized.references import steps
from synthesized.stack import JSON

WRITE_ONLY = "_wo"
"""The suffix of write-only arguments. Their values are sent to the API and kept nowhere."""

WAITER_CONFIG = {"Delay": 0.05, "MaxAttempts": 600}
"""At most half a minute. The first attempt is made at once."""


@dataclass(frozen=True)
class ResourceCreator:
    """Creates one resource.

    Attributes:
        address: The address of the resource, for errors.
        resource_type: The entry of its type.
        client: A boto3 client of the type's service.
        context: Where the stack is loaded.
        default_tags: The provider's.
    """

    address: str
    resource_type: ResourceType
    client: Client
    context: Context
    default_tags: Mapping[str, str]

    def create(self, arguments: Attributes) -> Attributes:
        """Create the resource.

        Returns:
            The arguments, without the write-only ones, and the attributes that the calls returned.

        Raises:
            LoadError: An argument is unknown, a checked one differs, or a call fails.
        """
        resource_type = self.resource_type
        attributes: Attributes = {**resource_type.defaults, **arguments}
        unsent = resource_type.ignored.keys() | resource_type.checks.keys()
        sent = {name: value for name, value in attributes.items() if name not in unsent}
        tags = {**self.default_tags, **sent.pop("tags", {})}
        if self._is_taggable():
            attributes["tags_all"] = tags
            sent |= {"tags": tags} if tags else {}
        elif "tags" in arguments:
            raise self._error("tags", arguments["tags"], "unknown attribute")
        self._make_calls(sent, attributes)
        self._check(attributes)
        for name, template in resource_type.computed.items():
            attributes[name] = template.format(**{**asdict(self.context), **attributes})
        return {name: value for name, value in attributes.items() if not name.endswith(WRITE_ONLY)}

    def wait(self, attributes: Attributes) -> None:
        """Return when the resource, which has these attributes, can be used.

        Raises:
            LoadError: Its creation failed or takes longer than `WAITER_CONFIG` allows.
        """
        waiter = self.resource_type.waiter
        if not waiter:
            return
        try:
            self.client.get_waiter(waiter.name).wait(
                **_from_attributes(waiter.parameters, attributes), WaiterConfig=WAITER_CONFIG
            )
        except BotoCoreError as error:
            raise LoadError(self.address, str(error)) from error

    def _make_calls(self, sent: Attributes, attributes: Attributes) -> None:
        """Make the calls of the type. What they return is added to `attributes`."""
        calls = self.resource_type.then
        later = {name for call in calls for name in (*call.attributes, call.condition)}
        first = {name: value for name, value in sent.items() if name not in later}
        if self.resource_type.create:
            attributes |= self._call(self.resource_type.create, first, attributes)
        elif first:
            name, value = next(iter(first.items()))
            raise self._error(name, value, "unknown attribute")
        for call in calls:
            given = {name: sent[name] for name in call.attributes if name in sent}
            if attributes.get(call.condition) if call.condition else given or not call.attributes:
                attributes |= self._call(call, given, attributes)

    def _call(self, call: Call, given: Attributes, attributes: Attributes) -> Attributes:
        """Make one call with the attributes `given`; return the attributes in its response."""
        request = {
            **self._parameters(call, given),
            **call.constants,
            **_from_attributes(call.parameters, attributes),
        }
        if self.resource_type.service_missing:
            self._validate(call, request)
            return {}
        try:
            response = getattr(self.client, xform_name(call.operation))(**request)
        except (ClientError, BotoCoreError) as error:
            if any(name.endswith(WRITE_ONLY) for name in given):  # the message may quote its value
                reason = f"{type(error).__name__}, with a write-only value"
                raise LoadError(self.address, f"{call.operation}: {reason}") from None
            raise LoadError(self.address, f"{call.operation}: {error}") from error
        return _from_response(call.returns, response)

    def _validate(self, call: Call, request: Mapping[str, Any]) -> None:
        """Raise when the service model does not allow a request."""
        report = ParamValidator().validate(request, self._shape(call))
        if report.has_errors():
            raise LoadError(self.address, f"{call.operation}: {report.generate_report()}")

    def _parameters(self, call: Call, given: Attributes) -> dict[str, Any]:
        """Map attributes to the parameters of a call."""
        shape = self._shape(call)
        attributes = dict(given)
        tags = attributes.pop("tags", {})
        tagged = (tag_parameter(shape, tags, self.resource_type.tag_type) if tags else None) or {}
        try:
            if call.transform:
                attributes = call.transform(attributes, self.context)
            return tagged | parameters(shape, attributes, call.names)
        except UnknownAttributeError as error:
            raise self._error(error.path, error.value, error.reason) from None
        except OSError as error:
            raise LoadError(self.address, f"cannot read its file: {error}") from None

    def _is_taggable(self) -> bool:
        """Whether the type's first call, or a later one that sends them, has a parameter for tags."""
        first, then = self.resource_type.create, self.resource_type.then
        return any("tags" in call.attributes for call in then) or (
            first is not None and tag_parameter(self._shape(first), {}, "") is not None
        )

    def _shape(self, call: Call) -> StructureShape:
        shape: StructureShape = self.client.meta.service_model.operation_model(call.operation).input_shape
        return shape

    def _check(self, attributes: Attributes) -> None:
        """Raise when an attribute does not equal the one that a call returned."""
        for name, returned in self.resource_type.checks.items():
            if name in attributes and attributes[name] != attributes[returned]:
                reason = f"differs from the {returned} that AWS returned, {attributes[returned]!r}"
                raise self._error(name, attributes[name], reason)

    def _error(self, path: str, value: JSON, reason: str) -> LoadError:
        is_write_only = path.partition(".")[0].endswith(WRITE_ONLY)
        shown = "a write-only value" if is_write_only else repr(value)
        return LoadError(f"{self.address}.{path}", f"{reason}, got {shown}")


def _from_response(paths: Names, response: Mapping[str, Any]) -> Attributes:
    """Return the attributes that a response contains; those that it leaves out are absent."""
    attributes = {}
    for name, path in paths.items():
        with suppress(LookupError):
            attributes[name] = follow(response, steps(path))
    return attributes


def _from_attributes(names: Names, attributes: Attributes) -> dict[str, Any]:
    """Return parameters that are attributes: `id`, or `[id]` for a list of it."""
    return {
        parameter: [attributes[name.strip("[]")]] if name.startswith("[") else attributes[name]
        for parameter, name in names.items()
    }
