"""Read `cdk.tf.json`: Terraform's JSON syntax, as CDKTF writes it for a stack with one provider."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sandbox.errors import LoadError

JSON: TypeAlias = Any
"""Any JSON value. The kinds and the API's service model say which one belongs where."""

SECTIONS = {"resource": "", "data": "data.", "ephemeral": "ephemeral."}
"""The sections that hold blocks, with what an address of theirs begins with."""

# Without effect on an empty emulator: where state is kept, which program may run, what to do with
# things that an earlier version of the configuration made.
UNUSED_SECTIONS = frozenset({"//", "removed", "moved"})
TERRAFORM_SETTINGS = frozenset({"backend", "required_providers", "required_version"})
PROVIDER_ARGUMENTS = frozenset({"region", "default_tags"})
OUTPUT_ARGUMENTS = frozenset({"value", "description", "sensitive"})
META_ARGUMENTS = frozenset({"//", "depends_on", "lifecycle", "provider"})


@dataclass(frozen=True)
class Block:
    """A resource, data source or ephemeral resource.

    Attributes:
        address: As Terraform writes it.
        type: `aws_vpc`, say; with its section in front unless it is a resource.
        attributes: Its arguments, references unresolved, without the meta-arguments.
        depends_on: The addresses in `depends_on`.
    """

    address: str
    type: str
    attributes: Mapping[str, JSON]
    depends_on: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A whole stack.

    Attributes:
        region: The provider's.
        default_tags: What the provider adds to everything that can be tagged.
        blocks: By address, in the file's order.
        outputs: Value by name, references unresolved.
    """

    region: str
    default_tags: Mapping[str, str]
    blocks: Mapping[str, Block]
    outputs: Mapping[str, JSON]


def read(file: Path) -> Document:
    """Read a stack.

    Raises:
        LoadError: It is no JSON; or a section, a setting, a provider argument or an output argument is none
            that the loader knows.
    """
    try:
        content: dict[str, JSON] = json.loads(file.read_text())
    except ValueError as error:
        raise LoadError(file.name, f"is no JSON, synthesize the stack again: {error}") from None
    known = {"terraform", "provider", "output", *SECTIONS, *UNUSED_SECTIONS}
    _only(known, content, file.name, "section")
    _only(TERRAFORM_SETTINGS, content.get("terraform", {}), "terraform", "setting")
    provider = _provider(content.get("provider", {}))
    outputs: dict[str, JSON] = content.get("output", {})
    for name, output in outputs.items():
        _only(OUTPUT_ARGUMENTS, output, f"output.{name}", "argument")
    return Document(
        region=provider["region"],
        default_tags=_single(provider.get("default_tags", {})).get("tags", {}),
        blocks=_blocks(content),
        outputs={name: output["value"] for name, output in outputs.items()},
    )


def _provider(providers: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the arguments of the one provider, `aws`."""
    _only({"aws"}, providers, "provider", "provider")
    aws = providers.get("aws", [])
    configurations = aws if isinstance(aws, list) else [aws]
    if len(configurations) != 1:
        raise LoadError("provider.aws", f"one configuration is known, got {len(configurations)}")
    arguments: dict[str, JSON] = configurations[0]
    _only(PROVIDER_ARGUMENTS, arguments, "provider.aws", "argument")
    if "region" not in arguments:
        raise LoadError("provider.aws", "has no region")
    return arguments


def _blocks(content: Mapping[str, JSON]) -> dict[str, Block]:
    blocks = {}
    for section, prefix in SECTIONS.items():
        for kind, named in content.get(section, {}).items():
            for name, arguments in named.items():
                block = _block(f"{prefix}{kind}", name, arguments)
                blocks[block.address] = block
    return blocks


def _block(kind: str, name: str, arguments: Mapping[str, JSON]) -> Block:
    """Part a block's arguments from its meta-arguments."""
    address = f"{kind}.{name}"
    if arguments.get("provider", "aws") != "aws":
        raise LoadError(address, f"unknown provider {arguments['provider']!r}")
    attributes = {key: value for key, value in arguments.items() if key not in META_ARGUMENTS}
    return Block(address, kind, attributes, tuple(arguments.get("depends_on", ())))


def _single(block: JSON) -> dict[str, JSON]:
    """Return a block that may stand alone or in a list of one."""
    found: dict[str, JSON] = block[0] if isinstance(block, list) else block
    return found


def _only(known: "set[str] | frozenset[str]", found: Mapping[str, JSON], address: str, what: str) -> None:
    """Raise for the first key that is not known."""
    for key, value in found.items():
        if key not in known:
            raise LoadError(address, f"unknown {what} {key!r}, got {value!r}")
