"""Load the JSON that Terraform would apply into an empty embedded AWS.

There is no state, no update and no destroy: to change something, start again (`make down`, `make up`). The
loader is strict: an error names the first thing that the table of resource types does not know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.engines.loader.create import WRITE_ONLY, ResourceCreator
from sandbox.engines.loader.document import read
from sandbox.engines.loader.expressions import follow, order, references, resolve
from sandbox.errors import LoadError
from sandbox.resource_types import RESOURCE_TYPES
from sandbox.resource_types.resource_type import Attributes, Context
from sandbox.server.process import ACCOUNT, Client, Server
from synthesized.references import Reference
from synthesized.stack import FILE, JSON, PREFIXES, Block, Stack

EPHEMERAL = PREFIXES["ephemeral"]
Progress = Callable[[int, int, str], None]
"""Called with the number of blocks loaded, the number of all blocks, and the address of the next one."""


@dataclass(frozen=True)
class Loaded:
    """A stack that was loaded.

    Attributes:
        region: The provider's region.
        outputs: Value by name.
        attributes: By address, the arguments and what the calls returned. Write-only arguments and ephemeral
            resources are left out: their values are kept nowhere.
        limitations: What is not verified locally, a sentence each.
    """

    region: str
    outputs: Mapping[str, JSON]
    attributes: Mapping[str, Attributes]
    limitations: tuple[str, ...]


def load(stack: Path, server: Server, progress: Progress = lambda *_: None) -> Loaded:
    """Load the stack whose `cdk.tf.json` is in the directory `stack`.

    Raises:
        LoadError: A type, an attribute, an expression or a reference is unknown, or a call fails. The
            resources before it stay.
    """
    document = check(stack)
    context = Context(ACCOUNT, document.region, server.url, stack)
    clients: dict[str, Client] = {}
    attributes: dict[str, Attributes] = {}
    creators: list[ResourceCreator] = []
    addresses = order(document.blocks)
    for done, address in enumerate(addresses):
        progress(done, len(addresses), address)
        block = document.blocks[address]
        resource_type = RESOURCE_TYPES[block.qualified_type]
        if resource_type.service not in clients:
            clients[resource_type.service] = server.client(resource_type.service, document.region)
        arguments = resolve(dict(block.attributes), _lookup(attributes, block.address), address)
        client = clients[resource_type.service]
        creator = ResourceCreator(address, resource_type, client, context, document.default_tags)
        attributes[address] = creator.create(arguments)
        creators.append(creator)
    # At the end, because the embedded AWS accepts references to pending resources: the waits overlap.
    for creator in creators:
        creator.wait(attributes[creator.address])
    return Loaded(
        region=document.region,
        outputs={
            name: resolve(output.value, _lookup(attributes, f"output.{name}"), f"output.{name}")
            for name, output in document.outputs.items()
        },
        attributes={
            address: kept for address, kept in attributes.items() if not address.startswith(EPHEMERAL)
        },
        limitations=limitations(document.blocks),
    )


def check(stack: Path) -> Stack:
    """Return the stack whose `cdk.tf.json` is in the directory `stack`, after the checks that need no server.

    Raises:
        LoadError: There is no stack; or a setting or a type is unknown, or an ephemeral value would be kept.
    """
    document = read(stack / FILE)
    _refuse_unknown_types(document)
    _refuse_kept_ephemeral_values(document)
    return document


def limitations(blocks: Mapping[str, Block]) -> tuple[str, ...]:
    """Return what of these blocks is not verified locally, a sentence each.

    Types that the loader does not know are left out: Terraform may know them.
    """
    types = {block.qualified_type for block in blocks.values()} & RESOURCE_TYPES.keys()
    return tuple(sorted({RESOURCE_TYPES[type_].limitation for type_ in types} - {""}))


def _refuse_unknown_types(document: Stack) -> None:
    """Raise for the first block whose type is not in the table, before anything is created."""
    for address, block in document.blocks.items():
        if block.qualified_type not in RESOURCE_TYPES:
            reason = f"unknown type {block.qualified_type}: add it to sandbox/resource_types"
            raise LoadError(address, reason)


def _refuse_kept_ephemeral_values(document: Stack) -> None:
    """Raise where an ephemeral value would be kept, as Terraform does, before anything is created."""
    values = {
        f"{address}.{name}": value
        for address, block in document.blocks.items()
        for name, value in block.attributes.items()
        if not name.endswith(WRITE_ONLY)
    }
    values |= {f"output.{name}": output.value for name, output in document.outputs.items()}
    for where, value in values.items():
        for reference in references(value, where):
            if reference.address.startswith(EPHEMERAL):
                reason = f"only a write-only argument (*{WRITE_ONLY}) may refer to {reference.address}"
                raise LoadError(where, reason)


def _lookup(attributes: Mapping[str, Attributes], where: str) -> Callable[[Reference], JSON]:
    """Return the function that looks up references in `attributes`; its errors name `where`."""

    def look_up(reference: Reference) -> JSON:
        if reference.address not in attributes:
            raise LoadError(where, f"refers to {reference.address}, which is not in the stack")
        known = attributes[reference.address]
        name = f"{reference.address}.{reference.attribute}"
        if reference.attribute not in known:
            names = ", ".join(sorted(name for name in known if not name.startswith("_")))
            raise LoadError(where, f"refers to {name}, which is unknown; known attributes: {names}")
        try:
            return follow(known[reference.attribute], reference.steps)
        except (LookupError, TypeError, ValueError):
            path = "".join(f"[{step}]" for step in reference.steps)
            raise LoadError(where, f"refers to {name}{path}, which does not exist") from None

    return look_up
