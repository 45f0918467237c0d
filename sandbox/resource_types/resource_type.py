"""The entries of the table of resource types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from sandbox.engines.loader.mapping import Names
from synthesized.stack import JSON

Attributes: TypeAlias = dict[str, JSON]
"""Attributes of a resource, by Terraform's names."""


@dataclass(frozen=True)
class Context:
    """Where a stack is loaded.

    Attributes:
        account: The id of the account.
        region: The provider's region.
        partition: `aws`.
        url: The endpoint of the embedded AWS.
        directory: The stack's directory, which the paths in the stack are relative to.
    """

    account: str
    region: str
    url: str
    directory: Path
    partition: str = "aws"


Transform: TypeAlias = Callable[[Attributes, Context], Attributes]


@dataclass(frozen=True)
class Call:
    """An API call that creates or configures a resource.

    Attributes:
        operation: The name in the service model: `CreateVpc`.
        attributes: The attributes that the call sends. The first call of a type sends every attribute that no
            later call sends. A later call with `attributes` is made when at least one of them is given.
        parameters: Parameters that are attributes, given or returned by an earlier call, by the name of the
            parameter. `[id]` is a list of `id`.
        constants: Parameters that are always the same.
        names: The model's names of attributes, where the two names differ in more than spelling.
        transform: Rearranges attributes that renaming alone does not fit to the model.
        returns: Attributes in the response: path by name.
        condition: The attribute that decides, by being true, whether the call is made. It is no parameter.
    """

    operation: str
    attributes: tuple[str, ...] = ()
    parameters: Names = field(default_factory=dict)
    constants: Mapping[str, JSON] = field(default_factory=dict)
    names: Names = field(default_factory=dict)
    transform: Transform | None = None
    returns: Names = field(default_factory=dict)
    condition: str = ""


@dataclass(frozen=True)
class Waiter:
    """A botocore waiter that returns when a resource can be used.

    Attributes:
        name: The name of the waiter.
        parameters: Its parameters, as in `Call`.
    """

    name: str
    parameters: Names


@dataclass(frozen=True)
class ResourceType:
    """How a resource of a type is created: what the service model does not tell.

    Attributes:
        service: botocore's name of the service.
        create: The call that creates it; None for a data source that needs no call.
        then: The calls that follow.
        computed: Attributes computed from others, by format string, which may also contain `{account}`,
            `{region}`, `{partition}` and `{url}`. Only those that Terraform's provider computes as well.
        defaults: The provider's defaults, where they differ from the API's.
        ignored: Attributes without an effect here, each with the reason.
        checks: Attributes that must equal another one, which a call returned.
        tag_type: EC2's name of the type, for tag specifications.
        waiter: Returns when the resource can be used.
        service_missing: Whether the embedded AWS lacks the service. The parameters are checked against the
            service model, and no call is made.
        limitation: What of this type is not verified locally, in a sentence.
    """

    service: str
    create: Call | None = None
    then: tuple[Call, ...] = ()
    computed: Names = field(default_factory=dict)
    defaults: Mapping[str, JSON] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    tag_type: str = ""
    waiter: Waiter | None = None
    service_missing: bool = False
    limitation: str = ""
