"""Compare two synthesized stacks: `cdk.tf.json` of a base and of a head, without credentials or a state.

What only a provider knows is not seen: what is in the state, what was changed by hand, and of most types
which attributes cannot be changed in place (`IMMUTABLE` has those of what holds data).
"""

from collections.abc import Iterator, Mapping

from review.change import JSON, Action, Change, Path, compare
from review.errors import InputError
from review.plan import Attributes, Output, Plan
from synthesized.references import has_expression
from synthesized.stack import FILE, META_ARGUMENTS, Stack, StackError, construct_path, objects
from synthesized.stack import Output as SynthesizedOutput

META = META_ARGUMENTS - {"provider"}
"""Arguments that are not compared; another provider is another place, so `provider` is."""

NAMED_SECTIONS = frozenset({"resource", "data", "output", "removed", "moved", "//"})
"""Sections that are read or ignored; every other one is compared as a whole."""

IMMUTABLE: dict[str, tuple[str, ...]] = {
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
"""Attributes that force a replacement, of types that hold data: the provider's "Forces new resource"."""


def parse(document: JSON, file: str) -> Stack:
    """Check that a parsed JSON is a synthesized stack.

    Raises:
        InputError: It is no synthesized stack; the message begins with `file`.
    """
    what = f"{file}: is no synthesized stack; `make synth` writes one, {FILE}"
    if not isinstance(document, Mapping) or "terraform" not in document:
        raise InputError(what)
    try:
        return Stack(document)
    except StackError as error:
        raise InputError(f"{what}: {error}") from None


def blocks(stack: Stack) -> dict[str, Attributes]:
    """Return the arguments of the resources and data sources by address."""
    return {
        address: dict(block.arguments)
        for address, block in stack.blocks.items()
        if block.section in ("resource", "data")
    }


def _sections(stack: Stack) -> dict[str, JSON]:
    """Return the settings, and every other section that is neither of resources nor of outputs."""
    sections = {name: content for name, content in stack.document.items() if name not in NAMED_SECTIONS}
    return {"terraform": {}, **sections}


def compared(base: Stack, head: Stack) -> Plan:
    """What `head` changes of `base`."""
    old, new = blocks(base), blocks(head)
    forgotten = {removed.address for removed in head.removed if not removed.destroy}
    left = old.keys() - new.keys()
    came_from = {
        moved.new_address: moved.old_address
        for moved in head.moved
        if moved.old_address in left and moved.new_address in new
    }
    changes = []
    for address in sorted({*old, *new}.difference(came_from.values())):
        previous = came_from.get(address)
        before, after = old.get(previous or address), new.get(address)
        action = _action(address, before, after)
        if action == "delete" and address in forgotten:
            action = "forget"
        changes.append(
            Change(
                address=address,
                type=_type(address),
                action="move" if previous and action == "no-op" else action,
                before=_arguments(before),
                after=_arguments(after),
                forced_by=tuple(_forcing(address, before, after)) if action == "replace" else (),
                construct=construct_path(after or before),
                previous=previous,
            )
        )
    old_sections, new_sections = _sections(base), _sections(head)
    for section in sorted({*old_sections, *new_sections}):
        before, after = ({section: _nested(each.get(section))} for each in (old_sections, new_sections))
        if before != after:
            changes.append(Change(section, section, "update", before, after))
    return Plan(
        changes=tuple(each for each in changes if each.action != "no-op"),
        unchanged=sum(each.action == "no-op" and not each.address.startswith("data.") for each in changes),
        outputs=tuple(_outputs(base.outputs, head.outputs)),
        state={address: _arguments(block) for address, block in old.items()},
        secrets=frozenset(_secrets(base.outputs, head.outputs)),
    )


def _type(address: str) -> str:
    return address.rpartition(".")[0].removeprefix("data.")


def _arguments(block: Attributes | None) -> Attributes:
    """A block's arguments as a plan has them, and `lifecycle.prevent_destroy`, which protects as one does."""
    if block is None:
        return {}
    prevented = any(lifecycle.get("prevent_destroy") for lifecycle in objects(block.get("lifecycle")))
    arguments = {name: _nested(value) for name, value in block.items() if name not in META}
    return arguments | ({"prevent_destroy": True} if prevented else {})


def _nested(value: JSON) -> JSON:
    """Each object in a list, as a plan has blocks: the syntax takes one alone for a list of one."""
    if isinstance(value, Mapping):
        return [{key: _nested(below) for key, below in value.items()}]
    if isinstance(value, list):
        return [
            one for each in value for one in (_nested(each) if isinstance(each, Mapping) else [_nested(each)])
        ]
    return value


def _action(address: str, before: Attributes | None, after: Attributes | None) -> Action:
    known = before is not None and after is not None
    if known and not any(compare(_arguments(before), _arguments(after))):
        return "no-op"
    if address.startswith("data."):
        return "read"
    if before is None or after is None:
        return "create" if before is None else "delete"
    return "replace" if next(_forcing(address, before, after), None) else "update"


def _forcing(address: str, before: Attributes | None, after: Attributes | None) -> Iterator[Path]:
    for name in IMMUTABLE.get(_type(address), ()):
        if any(compare(_nested((before or {}).get(name)), _nested((after or {}).get(name)))):
            yield (name,)


def _secrets(*outputs: Mapping[str, SynthesizedOutput]) -> Iterator[str]:
    """Yield the texts of sensitive outputs; a reference is none."""
    for output in (output for named in outputs for output in named.values()):
        if output.sensitive and isinstance(output.value, str) and not has_expression(output.value):
            yield output.value


def _outputs(
    base: Mapping[str, SynthesizedOutput], head: Mapping[str, SynthesizedOutput]
) -> Iterator[Output]:
    for name in sorted({*base, *head}):
        old, new = base.get(name), head.get(name)
        if old != new:
            action: Action = "create" if old is None else "delete" if new is None else "update"
            hidden = any(output.sensitive for output in (old, new) if output)
            yield Output(name, action, old and old.value, new and new.value, sensitive=hidden)
