"""Load the JSON that Terraform would apply into an empty embedded AWS.

No state, no update, no destroy: `make down` and `make up` are all that is needed. What the table of
kinds does not know is an error that names it; nothing is skipped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.engines.loader.create import WRITE_ONLY, Maker
from sandbox.engines.loader.document import JSON, SECTIONS, Block, Document, read
from sandbox.engines.loader.expressions import Reference, follow, order, references, resolve
from sandbox.errors import LoadError
from sandbox.resource_types import KINDS
from sandbox.resource_types.kind import Attributes, Context
from sandbox.server.process import ACCOUNT, Client, Server

EPHEMERAL = SECTIONS["ephemeral"]
Progress = Callable[[int, int, str], None]
"""Called with how many blocks are loaded, how many there are, and the address of the next."""


@dataclass(frozen=True)
class Loaded:
    """A stack that was loaded.

    Attributes:
        region: The one it is in.
        outputs: Value by name.
        attributes: By address, what was given and what the calls returned; without write-only
            arguments and ephemeral resources, whose values are kept nowhere.
        caveats: What the embedded AWS only records, one sentence each.
    """

    region: str
    outputs: Mapping[str, JSON]
    attributes: Mapping[str, Attributes]
    caveats: tuple[str, ...]


def load(stack: Path, server: Server, progress: Progress = lambda *_: None) -> Loaded:
    """Load the stack in the directory `stack` (the one with `cdk.tf.json`).

    Raises:
        LoadError: A type, an attribute, an expression or a reference is unknown, or a call fails;
            what came before stays loaded.
    """
    document = read(stack / "cdk.tf.json")
    _refuse_unknown(document)
    _refuse_ephemeral(document)
    context = Context(ACCOUNT, document.region, server.url, stack)
    clients: dict[str, Client] = {}
    attributes: dict[str, Attributes] = {}
    makers: list[Maker] = []
    addresses = order(document.blocks)
    for done, address in enumerate(addresses):
        progress(done, len(addresses), address)
        block = document.blocks[address]
        kind = KINDS[block.type]
        if kind.service not in clients:
            clients[kind.service] = server.client(kind.service, document.region)
        given = resolve(dict(block.attributes), _lookup(attributes, block.address), address)
        maker = Maker(address, kind, clients[kind.service], context, document.default_tags)
        attributes[address] = maker.make(given)
        makers.append(maker)
    # Last, because the embedded AWS lets others refer to what is pending, and one wait covers all.
    for maker in makers:
        maker.wait(attributes[maker.address])
    return Loaded(
        region=document.region,
        outputs={
            name: resolve(value, _lookup(attributes, f"output.{name}"), f"output.{name}")
            for name, value in document.outputs.items()
        },
        attributes={
            address: known for address, known in attributes.items() if not address.startswith(EPHEMERAL)
        },
        caveats=caveats(document.blocks),
    )


def _refuse_unknown(document: Document) -> None:
    """Raise for the first block whose type has no row, before anything is made."""
    for address, block in document.blocks.items():
        if block.type not in KINDS:
            raise LoadError(address, f"unknown type {block.type}: give it a row in sandbox/resource_types")


def _refuse_ephemeral(document: Document) -> None:
    """Raise where an ephemeral value would be kept, as Terraform does, before anything is made."""
    read_by = {
        f"{address}.{name}": value
        for address, block in document.blocks.items()
        for name, value in block.attributes.items()
        if not name.endswith(WRITE_ONLY)
    }
    read_by |= {f"output.{name}": value for name, value in document.outputs.items()}
    for where, value in read_by.items():
        for reference in references(value, where):
            if reference.address.startswith(EPHEMERAL):
                reason = f"reads {reference.address}, which only a write-only argument (*{WRITE_ONLY}) may"
                raise LoadError(where, reason)


def caveats(blocks: Mapping[str, Block]) -> tuple[str, ...]:
    """Return what the embedded AWS only records of these blocks, one sentence each.

    Of a type that the loader does not know, and Terraform may, there is nothing to say.
    """
    known = {KINDS[block.type].caveat for block in blocks.values() if block.type in KINDS}
    return tuple(sorted(known - {""}))


def _lookup(attributes: Mapping[str, Attributes], where: str) -> Callable[[Reference], JSON]:
    """Return what finds a reference's value in what is loaded so far; `where` is in its errors."""

    def find(reference: Reference) -> JSON:
        found = attributes.get(reference.address)
        if found is None:
            raise LoadError(where, f"refers to {reference.address}, which is not in the stack")
        name = f"{reference.address}.{reference.attribute}"
        if reference.attribute not in found:
            known = ", ".join(sorted(each for each in found if not each.startswith("_")))
            raise LoadError(where, f"refers to {name}, which is unknown; known are {known}")
        try:
            return follow(found[reference.attribute], reference.steps)
        except (LookupError, TypeError, ValueError):
            path = "".join(f"[{step}]" for step in reference.steps)
            raise LoadError(where, f"refers to {name}{path}, which leads to nothing") from None

    return find
