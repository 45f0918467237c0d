"""Read a stack for the loader. Sections, settings and arguments that the loader does not know are errors."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.errors import LoadError
from synthesized.stack import FILE, JSON, PREFIXES, Stack, StackError

# These have no effect on an empty embedded AWS: `removed` and `moved` are about resources of an earlier
# configuration, and the settings below about Terraform's state and version.
UNUSED_SECTIONS = frozenset({"//", "removed", "moved"})
SECTIONS = frozenset({"terraform", "provider", "output", *PREFIXES, *UNUSED_SECTIONS})
TERRAFORM_SETTINGS = frozenset({"backend", "required_providers", "required_version"})
PROVIDERS = frozenset({"aws"})
PROVIDER_ARGUMENTS = frozenset({"region", "default_tags"})
OUTPUT_ARGUMENTS = frozenset({"value", "description", "sensitive"})


def read(file: Path) -> Stack:
    """Read a stack.

    Raises:
        LoadError: The file contains no stack; or a section, a setting, a provider argument or an output
            argument is unknown to the loader.
    """
    try:
        stack = Stack.read(file)
        _refuse_unknown(stack)
        _ = stack.region, stack.default_tags  # reading them raises if they are missing or malformed
    except StackError as error:
        raise LoadError(error.place, error.reason) from None
    return stack


def _refuse_unknown(stack: Stack) -> None:
    """Raise for the first part of a stack that is unknown.

    Raises:
        LoadError, StackError: A part is unknown, or the stack has not exactly one provider with a region.
    """
    document = stack.document
    _only(SECTIONS, document, FILE, "section")
    _only(TERRAFORM_SETTINGS, document.get("terraform", {}), "terraform", "setting")
    _only(PROVIDERS, document.get("provider", {}), "provider", "provider")
    _only(PROVIDER_ARGUMENTS, stack.provider, "provider.aws", "argument")
    for name, output in stack.outputs.items():
        _only(OUTPUT_ARGUMENTS, output.arguments, f"output.{name}", "argument")
    for address, block in stack.blocks.items():
        provider = block.arguments.get("provider", "aws")
        if provider != "aws":
            raise LoadError(address, f"unknown provider {provider!r}")


def _only(known: frozenset[str], arguments: Mapping[str, JSON], address: str, what: str) -> None:
    """Raise for the first key that is not known."""
    for key, value in arguments.items():
        if key not in known:
            raise LoadError(address, f"unknown {what} {key!r}, got {value!r}")
