"""What a row of the table of kinds says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from sandbox.engines.loader.document import JSON
from sandbox.engines.loader.mapping import Names

Attributes: TypeAlias = dict[str, JSON]


@dataclass(frozen=True)
class Context:
    """Where a stack is loaded.

    Attributes:
        account: The account's id.
        region: The provider's region.
        partition: `aws`.
        url: The embedded AWS.
        directory: The stack's directory, where paths in it begin.
    """

    account: str
    region: str
    url: str
    directory: Path
    partition: str = "aws"


Reshape: TypeAlias = Callable[[Attributes, Context], Attributes]


@dataclass(frozen=True)
class Call:
    """One API call for a resource.

    Attributes:
        operation: As the service model spells it: `CreateVpc`.
        takes: The attributes that it is for. A kind's first call takes whatever the others leave;
            a later one with `takes` is made when at least one of them is given.
        keys: Parameters that are attributes, given or returned by an earlier call, as they are;
            `[id]` is a list of that one.
        fixed: Parameters that are always the same.
        names: Members for attributes that the model spells otherwise.
        reshape: Turns the attributes into others that the model can map, where renaming cannot.
        returns: Attributes that the response tells, by their path in it.
        when: The attribute that decides alone, by being true, whether the call is made. It is
            no parameter.
    """

    operation: str
    takes: tuple[str, ...] = ()
    keys: Names = field(default_factory=dict)
    fixed: Mapping[str, JSON] = field(default_factory=dict)
    names: Names = field(default_factory=dict)
    reshape: Reshape | None = None
    returns: Names = field(default_factory=dict)
    when: str = ""


@dataclass(frozen=True)
class Wait:
    """A botocore waiter that says when a resource can be used.

    Attributes:
        waiter: Its name.
        keys: Parameters of it that are attributes, as in `Call`.
    """

    waiter: str
    keys: Names


@dataclass(frozen=True)
class Kind:
    """How a resource type is made: what differs from the service's model.

    Attributes:
        service: botocore's name of the service.
        create: The call that makes it; None for a data source that asks nothing.
        then: Calls that follow.
        composed: Attributes made from others, by format string; also `{account}`, `{region}`,
            `{partition}`, `{url}`. Only where Terraform's provider composes them as well.
        defaults: What Terraform's provider gives where the API's own default is another.
        ignored: Attributes without an effect here, each with the reason.
        checks: Attributes that must equal one which a call returned.
        tag_type: EC2's name for the type, in tag specifications.
        wait: When it is ready.
        absent: Whether the embedded AWS has no such service. Then the calls' parameters are checked
            by the service's model, and no call is made.
        caveat: What of it the embedded AWS only records.
    """

    service: str
    create: Call | None = None
    then: tuple[Call, ...] = ()
    composed: Names = field(default_factory=dict)
    defaults: Mapping[str, JSON] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    tag_type: str = ""
    wait: Wait | None = None
    absent: bool = False
    caveat: str = ""
