"""Compares two synthesized stacks: the `cdk.tf.json` of a base and of a head, without credentials or a state.

The comparison does not see what only the provider or the state knows: drift, and for most types the
attributes that force a replacement (`FORCE_NEW_ATTRIBUTES` lists them for types that hold data).
"""

from collections.abc import Iterator, Mapping

from review.change import JSON, Action, Change, Path, compare
from review.errors import InputError
from review.plan import Attributes, Output, Plan
from synthesized.references import has_expression
from synthesized.stack import FILE, META_ARGUMENTS, Stack, StackError, construct_path, objects
from synthesized.stack import Output as SynthesizedOutput

META = META_ARGUMENTS - {"provider"}
"""Arguments that are not compared. `provider` is compared: it determines the account and region."""

NAMED_SECTIONS = frozenset({"resource", "data", "output", "removed", "moved", "//"})
"""Sections that are read or ignored; every other one is compared as a whole."""

FORCE_NEW_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "aws_api_gateway_api_key": ("value",),
    "aws_cloudwatch_log_group": ("name", "name_prefix"),
    "aws_dynamodb_table": ("name", "hash_key", "range_key", "local_secondary_index", "import_table"),
    "aws_efs_file_system": ("encrypted", "kms_key_id", "performance_mode", "creation_token"),
    "aws_kms_key": ("key_usage", "customer_master_key_spec", "multi_region", "custom_key_store_id"),
    "aws_rds_cluster": ("cluster_identifier", "engine", "kms_key_id", "storage_encrypted", "database_name"),
    "aws_db_instance": ("kms_key_id", "storage_encrypted", "username", "db_name", "engine"),
    "aws_s3_bucket": ("bucket", "bucket_prefix"),
    "aws_secretsmanager_secret": ("name", "name_prefix"),
    "aws_sfn_state_machine": ("name", "name_prefix", "type"),
    "aws_sns_topic": ("name", "name_prefix", "fifo_topic"),
    "aws_sqs_queue": ("name", "name_prefix", "fifo_queue"),
    "aws_ssm_parameter": ("name",),
}
"""Attributes that force a replacement ("Forces new resource" in the provider's documentation).

Only types that hold data are listed.
"""


def parse(document: JSON, file: str) -> Stack:
    """Return a synthesized stack.

    Args:
        document: Parsed JSON.
        file: Name of the file, for errors.

    Raises:
        InputError: The document is not a synthesized stack.
    """
    message = f"{file}: is not a synthesized stack; create one, {FILE}, with `make synth`"
    if not isinstance(document, Mapping) or "terraform" not in document:
        raise InputError(message)
    try:
        return Stack(document)
    except StackError as error:
        raise InputError(f"{message}: {error}") from None


def blocks(stack: Stack) -> dict[str, Attributes]:
    """Return the arguments of the resources and data sources by address."""
    return {
        address: dict(block.arguments)
        for address, block in stack.blocks.items()
        if block.section in ("resource", "data")
    }


def _sections(stack: Stack) -> dict[str, JSON]:
    """Return all sections except those of resources, data sources and outputs."""
    sections = {name: content for name, content in stack.document.items() if name not in NAMED_SECTIONS}
    return {"terraform": {}, **sections}


def compare_stacks(base: Stack, head: Stack) -> Plan:
    """Return the changes from `base` to `head`."""
    changes = [*_resource_changes(base, head), *_section_changes(base, head)]
    return Plan(
        changes=tuple(change for change in changes if change.action != "no-op"),
        unchanged=sum(
            change.action == "no-op" and not change.address.startswith("data.") for change in changes
        ),
        outputs=tuple(_outputs(base.outputs, head.outputs)),
        state={address: _arguments(block) for address, block in blocks(base).items()},
        secrets=frozenset(_secrets(base.outputs, head.outputs)),
    )


def _resource_changes(base: Stack, head: Stack) -> Iterator[Change]:
    """Yield a change for each resource and data source, also for those that do not change."""
    old, new = blocks(base), blocks(head)
    forgotten = {removed.address for removed in head.removed if not removed.destroy}
    removed_addresses = old.keys() - new.keys()
    previous_addresses = {
        moved.new_address: moved.old_address
        for moved in head.moved
        if moved.old_address in removed_addresses and moved.new_address in new
    }
    for address in sorted({*old, *new}.difference(previous_addresses.values())):
        previous_address = previous_addresses.get(address)
        before, after = old.get(previous_address or address), new.get(address)
        action = _action(address, before, after)
        if action == "delete" and address in forgotten:
            action = "forget"
        yield Change(
            address=address,
            type=_type(address),
            action="move" if previous_address and action == "no-op" else action,
            before=_arguments(before),
            after=_arguments(after),
            forced_by=tuple(_forcing(address, before, after)) if action == "replace" else (),
            construct=construct_path(after or before),
            previous_address=previous_address,
        )


def _section_changes(base: Stack, head: Stack) -> Iterator[Change]:
    """Yield an update for each section that changes and is not a section of resources or outputs."""
    old, new = _sections(base), _sections(head)
    for section in sorted({*old, *new}):
        before, after = ({section: _nested(sections.get(section))} for sections in (old, new))
        if before != after:
            yield Change(section, section, "update", before, after)


def _type(address: str) -> str:
    return address.rpartition(".")[0].removeprefix("data.")


def _arguments(block: Attributes | None) -> Attributes:
    """Return the arguments of a block in the form of a plan, including `lifecycle.prevent_destroy`."""
    if block is None:
        return {}
    prevented = any(lifecycle.get("prevent_destroy") for lifecycle in objects(block.get("lifecycle")))
    arguments = {name: _nested(value) for name, value in block.items() if name not in META}
    return arguments | ({"prevent_destroy": True} if prevented else {})


def _nested(value: JSON) -> JSON:
    """Return a value with every object in a list, which is the form of nested blocks in a plan."""
    if isinstance(value, Mapping):
        return [{key: _nested(child) for key, child in value.items()}]
    if isinstance(value, list):
        return [
            element
            for item in value
            for element in (_nested(item) if isinstance(item, Mapping) else [_nested(item)])
        ]
    return value


def _action(address: str, before: Attributes | None, after: Attributes | None) -> Action:
    exists_in_both = before is not None and after is not None
    if exists_in_both and not any(compare(_arguments(before), _arguments(after))):
        return "no-op"
    if address.startswith("data."):
        return "read"
    if before is None or after is None:
        return "create" if before is None else "delete"
    return "replace" if next(_forcing(address, before, after), None) else "update"


def _forcing(address: str, before: Attributes | None, after: Attributes | None) -> Iterator[Path]:
    for name in FORCE_NEW_ATTRIBUTES.get(_type(address), ()):
        if any(compare(_nested((before or {}).get(name)), _nested((after or {}).get(name)))):
            yield (name,)


def _secrets(*outputs: Mapping[str, SynthesizedOutput]) -> Iterator[str]:
    """Yield the values of sensitive outputs, except references."""
    for output in (output for by_name in outputs for output in by_name.values()):
        if output.sensitive and isinstance(output.value, str) and not has_expression(output.value):
            yield output.value


def _outputs(
    base: Mapping[str, SynthesizedOutput], head: Mapping[str, SynthesizedOutput]
) -> Iterator[Output]:
    for name in sorted({*base, *head}):
        old, new = base.get(name), head.get(name)
        if old != new:
            action: Action = "create" if old is None else "delete" if new is None else "update"
            sensitive = any(output.sensitive for output in (old, new) if output)
            yield Output(name, action, old and old.value, new and new.value, sensitive=sensitive)
