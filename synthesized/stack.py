"""The sections of `cdk.tf.json`: Terraform's JSON syntax, as CDKTF writes it for a stack with one provider.

The syntax is described in https://developer.hashicorp.com/terraform/language/syntax/json, the comments (`//`)
in https://developer.hashicorp.com/terraform/cdktf/concepts/constructs.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeAlias

from synthesized.references import addresses

JSON: TypeAlias = Any
"""Any JSON value."""

FILE = "cdk.tf.json"
"""The name of the file in the directory of a synthesized stack."""

PREFIXES = {"resource": "", "data": "data.", "ephemeral": "ephemeral."}
"""The sections that contain blocks, with the beginning of their addresses."""

META_ARGUMENTS = frozenset({"//", "depends_on", "lifecycle", "provider"})
"""Arguments that any block may have; they are Terraform's and CDKTF's, not the provider's."""

_FUNCTION_ARN = re.compile(r":function:([\w-]+)")


class StackError(Exception):
    """The JSON is not that of a synthesized stack.

    Attributes:
        place: The file or the part of it that is wrong: `cdk.tf.json`, `resource.aws_vpc.main`.
        reason: What is wrong with it, and the fix where it is known.
    """

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = " ".join(reason.split())
        super().__init__(f"{place}: {self.reason}")


@dataclass(frozen=True)
class Block:
    """A resource, data source or ephemeral resource.

    Attributes:
        section: `resource`, `data` or `ephemeral`.
        type: The provider's name of its type, such as `aws_vpc`.
        name: Its name in the section; CDKTF derives it from the construct path.
        arguments: Its arguments as they are written, references and meta-arguments included.
    """

    section: str
    type: str
    name: str
    arguments: Mapping[str, JSON]

    @property
    def qualified_type(self) -> str:
        """The address without the name: `aws_vpc`, `data.aws_region`."""
        return f"{PREFIXES[self.section]}{self.type}"

    @property
    def address(self) -> str:
        """The address as Terraform writes it: `aws_vpc.main`, `data.aws_region.here`."""
        return f"{self.qualified_type}.{self.name}"

    @property
    def attributes(self) -> dict[str, JSON]:
        """The arguments without the meta-arguments, references unresolved."""
        return {name: value for name, value in self.arguments.items() if name not in META_ARGUMENTS}

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The addresses in `depends_on`."""
        return tuple(self.arguments.get("depends_on", ()))

    @property
    def prevent_destroy(self) -> bool:
        """Whether Terraform refuses to destroy it."""
        return any(lifecycle.get("prevent_destroy") for lifecycle in objects(self.arguments.get("lifecycle")))


@dataclass(frozen=True)
class Output:
    """An output of the stack, with its arguments as they are written."""

    name: str
    arguments: Mapping[str, JSON]

    @property
    def value(self) -> JSON:
        """Its value, references unresolved."""
        return self.arguments.get("value")

    @property
    def sensitive(self) -> bool:
        """Whether Terraform hides the value."""
        return bool(self.arguments.get("sensitive", False))


@dataclass(frozen=True)
class Removed:
    """A resource that is no longer configured, and whether Terraform destroys it."""

    address: str
    destroy: bool


@dataclass(frozen=True)
class Moved:
    """A resource whose address changed."""

    old_address: str
    new_address: str


class Stack:
    """A synthesized stack.

    Args:
        document: The content of `cdk.tf.json`.

    Attributes:
        document: The same.
        blocks: Resources, data sources and ephemeral resources by address, in the order of the file.
        outputs: By name.
        removed: The `removed` blocks.
        moved: The `moved` blocks.

    Raises:
        StackError: A section has another form than Terraform's JSON syntax.
    """

    def __init__(self, document: JSON) -> None:
        self.document: dict[str, JSON] = dict(_object(document, FILE))
        self.blocks = {block.address: block for block in self._read_blocks()}
        self.outputs = {
            name: Output(name, _object(arguments, f"output.{name}"))
            for name, arguments in self._section("output").items()
        }
        self.removed = tuple(
            Removed(
                _text(block, "from", place),
                all(lifecycle.get("destroy") is not False for lifecycle in objects(block.get("lifecycle"))),
            )
            for place, block in self._list_section("removed")
        )
        self.moved = tuple(
            Moved(_text(block, "from", place), _text(block, "to", place))
            for place, block in self._list_section("moved")
        )

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a stack from its `cdk.tf.json`.

        Raises:
            StackError: There is no such file, or it does not contain a stack; the place is the file's path.
        """
        try:
            document = json.loads(file.read_bytes())
        except FileNotFoundError:
            raise StackError(str(file), "does not exist: synthesize the stack first (make synth)") from None
        except OSError as error:
            raise StackError(str(file), f"cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise StackError(str(file), f"is no JSON, synthesize the stack again: {error}") from None
        with reading(file):
            return cls(document)

    def resources(self, *types: str) -> dict[str, dict[str, JSON]]:
        """Return the arguments of the resources of these types, by default of all types, by address."""
        section = self._section("resource")
        return {
            f"{type_}.{name}": arguments
            for type_ in types or section
            for name, arguments in section.get(type_, {}).items()
        }

    def addresses_in(self, value: JSON) -> list[str]:
        """Return the addresses of the resources that a value names, each once.

        A value names a resource by a reference to it, and a function also by an ARN that is composed of its
        name.
        """
        text = value if isinstance(value, str) else json.dumps(value)
        names = _FUNCTION_ARN.findall(text)
        named = [self._functions[name] for name in names if name in self._functions]
        referred = [address for address in addresses(value) if address in self.blocks]
        return list(dict.fromkeys([*referred, *named]))

    @cached_property
    def _functions(self) -> dict[JSON, str]:
        """The addresses of functions by their names."""
        functions = self.resources("aws_lambda_function")
        return {arguments.get("function_name"): address for address, arguments in functions.items()}

    @property
    def provider(self) -> Mapping[str, JSON]:
        """The arguments of the one configuration of the provider `aws`.

        Raises:
            StackError: There is none, or there are several.
        """
        aws = self._section("provider").get("aws", [])
        configurations = aws if isinstance(aws, list) else [aws]
        if len(configurations) != 1:
            raise StackError("provider.aws", f"one configuration is known, got {len(configurations)}")
        return _object(configurations[0], "provider.aws")

    @property
    def region(self) -> str:
        """The region of the provider.

        Raises:
            StackError: The provider has no region.
        """
        provider = self.provider
        if "region" not in provider:
            raise StackError("provider.aws", "has no region")
        return _text(provider, "region", "provider.aws")

    @property
    def default_tags(self) -> Mapping[str, str]:
        """The tags that the provider adds to every resource that can be tagged."""
        (*_, block) = ({}, *objects(self.provider.get("default_tags")))
        return _object(block.get("tags", {}), "provider.aws.default_tags.tags")

    @property
    def backend(self) -> Mapping[str, JSON]:
        """The arguments of the S3 backend, which keeps Terraform's state.

        Raises:
            StackError: The stack has no S3 backend.
        """
        backends = _object(self._section("terraform").get("backend", {}), "terraform.backend")
        if not backends.get("s3"):
            raise StackError("terraform.backend", "has no s3: the state of a stack is kept in S3")
        return _object(backends["s3"], "terraform.backend.s3")

    def _section(self, name: str) -> Mapping[str, JSON]:
        return _object(self.document.get(name, {}), name)

    def _list_section(self, name: str) -> Iterator[tuple[str, Mapping[str, JSON]]]:
        """Yield the blocks of a section without names, which may be a single block, with their places."""
        content = self.document.get(name, [])
        for index, block in enumerate(content if isinstance(content, list) else [content]):
            place = f"{name}.{index}"
            yield place, _object(block, place)

    def _read_blocks(self) -> Iterator[Block]:
        for section in PREFIXES:
            for type_, named in self._section(section).items():
                for name, arguments in _object(named, f"{section}.{type_}").items():
                    place = f"{section}.{type_}.{name}"
                    yield Block(section, type_, name, _object(arguments, place))


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn what goes wrong where a stack has another form than expected into a `StackError` of the file.

    For readers of attributes: those of a resource are what its construct made of them, and none is checked.

    Raises:
        StackError: Part of the stack is missing or has another form.
    """
    try:
        yield
    except StackError as error:
        raise StackError(str(file), f"is no stack that `make synth` writes: {error}") from None
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StackError(str(file), f"is no stack that `make synth` writes: {error!r:.100}") from error


def construct_path(arguments: JSON) -> str | None:
    """Return the path of the construct that a block comes from, such as `serverless/tasks/sessions/table`.

    None where the block does not contain it.
    """
    path: JSON = arguments
    for name in ("//", "metadata", "path"):
        path = path.get(name) if isinstance(path, Mapping) else None
    return path if isinstance(path, str) else None


def path_in_stack(arguments: JSON) -> str:
    """Return the construct path below the stack: `tasks/sessions/table`.

    Raises:
        ValueError: The block contains no construct path.
    """
    path = construct_path(arguments)
    if path is None:
        raise ValueError("a block has no construct path")
    return path.partition("/")[2]


def unique_id(arguments: JSON) -> str:
    """Return the unique id of a block's construct, which CDKTF uses as the name of the block.

    Raises:
        KeyError, TypeError: The block contains none.
    """
    return str(arguments["//"]["metadata"]["uniqueId"])


def objects(value: JSON) -> list[Mapping[str, JSON]]:
    """Return nested blocks as a list: Terraform's JSON syntax allows a single block without one."""
    values = value if isinstance(value, list | tuple) else [value]
    return [block for block in values if isinstance(block, Mapping)]


def _object(value: JSON, place: str) -> Mapping[str, JSON]:
    if not isinstance(value, Mapping):
        raise StackError(place, f"must be an object, got {value!r:.100}")
    return value


def _text(block: Mapping[str, JSON], name: str, place: str) -> str:
    value = block.get(name)
    if not isinstance(value, str):
        raise StackError(f"{place}.{name}", f"must be a string, got {value!r:.100}")
    return value
