"""Compares two synthesized stacks: the `cdk.tf.json` of a base and of a head, without credentials or a state.

The comparison does not see what only the provider or the state knows: drift, and for most types the
attributes that force a replacement (`FORCE_NEW_ATTRIBUTES` lists them for types that hold data).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from review.change import JSON, Action, Change, Path, compare
from review.errors import InputError
from review.plan import Attributes, Output, Plan, construct_path

Blocks = dict[str, Attributes]

META_ARGUMENTS = frozenset({"//", "depends_on", "lifecycle"})

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


def _as_list(value: JSON) -> JSON:
    """Return blocks as a list; Terraform's JSON syntax allows an object in place of a list of one."""
    return [value] if isinstance(value, Mapping) else value


class _Removed(BaseModel):
    from_: str = Field(alias="from")
    lifecycle: Attributes | tuple[Attributes, ...] = {}

    @property
    def retains(self) -> bool:
        """Whether the resource is only removed from the state, not destroyed."""
        return any(block.get("destroy") is False for block in _blocks(self.lifecycle))


class _Moved(BaseModel):
    from_: str = Field(alias="from")
    to: str


class Synth(BaseModel):
    """The sections of a `cdk.tf.json`; sections without a field here, such as `provider`, are extras."""

    model_config = ConfigDict(extra="allow")

    terraform: Attributes = {}
    resource: dict[str, Blocks] = {}
    data: dict[str, Blocks] = {}
    output: Blocks = {}
    removed: Annotated[tuple[_Removed, ...], BeforeValidator(_as_list)] = ()
    moved: Annotated[tuple[_Moved, ...], BeforeValidator(_as_list)] = ()

    @property
    def blocks(self) -> Blocks:
        """Resources and data sources by address."""
        return {
            f"{prefix}{resource_type}.{name}": attributes
            for prefix, types in (("", self.resource), ("data.", self.data))
            for resource_type, named in types.items()
            for name, attributes in named.items()
        }

    @property
    def sections(self) -> dict[str, JSON]:
        """All sections except resources, data sources and outputs."""
        return {"terraform": self.terraform, **(self.model_extra or {})}


def parse(document: JSON, file: str) -> Synth:
    """Return a synthesized stack.

    Args:
        document: Parsed JSON.
        file: Name of the file, for errors.

    Raises:
        InputError: The document is not a synthesized stack.
    """
    message = f"{file}: is not a synthesized stack; create one, cdk.tf.json, with `make synth`"
    if not isinstance(document, Mapping) or "terraform" not in document:
        raise InputError(message)
    try:
        return Synth.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        location = ".".join(map(str, first["loc"]))
        raise InputError(f"{message}: {location}: {first['msg'].lower()}") from None


def compare_stacks(base: Synth, head: Synth) -> Plan:
    """Return the changes from `base` to `head`."""
    old, new = base.blocks, head.blocks
    forgotten = {removed.from_ for removed in head.removed if removed.retains}
    removed_addresses = old.keys() - new.keys()
    previous_addresses = {
        moved.to: moved.from_ for moved in head.moved if moved.from_ in removed_addresses and moved.to in new
    }
    changes = []
    for address in sorted({*old, *new}.difference(previous_addresses.values())):
        previous_address = previous_addresses.get(address)
        before, after = old.get(previous_address or address), new.get(address)
        action = _action(address, before, after)
        if action == "delete" and address in forgotten:
            action = "forget"
        changes.append(
            Change(
                address=address,
                type=_type(address),
                action="move" if previous_address and action == "no-op" else action,
                before=_arguments(before),
                after=_arguments(after),
                forced_by=tuple(_forcing(address, before, after)) if action == "replace" else (),
                construct=construct_path(after or before),
                previous_address=previous_address,
            )
        )
    for section in sorted({*base.sections, *head.sections}.difference({"//"})):
        before, after = ({section: _nested(synth.sections.get(section))} for synth in (base, head))
        if before != after:
            changes.append(Change(section, section, "update", before, after))
    return Plan(
        changes=tuple(change for change in changes if change.action != "no-op"),
        unchanged=sum(
            change.action == "no-op" and not change.address.startswith("data.") for change in changes
        ),
        outputs=tuple(_outputs(base.output, head.output)),
        state={address: _arguments(block) for address, block in old.items()},
        secrets=frozenset(_secrets(base.output, head.output)),
    )


def _type(address: str) -> str:
    return address.rpartition(".")[0].removeprefix("data.")


def _arguments(block: Attributes | None) -> Attributes:
    """Return the arguments of a block in the form of a plan, including `lifecycle.prevent_destroy`."""
    if block is None:
        return {}
    prevented = any(block.get("prevent_destroy") for block in _blocks(block.get("lifecycle")))
    arguments = {name: _nested(value) for name, value in block.items() if name not in META_ARGUMENTS}
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


def _blocks(value: JSON) -> list[Mapping[str, JSON]]:
    return [
        item for item in (value if isinstance(value, list | tuple) else [value]) if isinstance(item, Mapping)
    ]


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


def _secrets(*outputs: Mapping[str, JSON]) -> Iterator[str]:
    """Yield the values of sensitive outputs, except references."""
    for output in (output for by_name in outputs for output in by_name.values()):
        value = output.get("value")
        if output.get("sensitive") and isinstance(value, str) and "${" not in value:
            yield value


def _outputs(base: Mapping[str, JSON], head: Mapping[str, JSON]) -> Iterator[Output]:
    for name in sorted({*base, *head}):
        old, new = base.get(name), head.get(name)
        if old != new:
            action: Action = "create" if old is None else "delete" if new is None else "update"
            old, new = old or {}, new or {}
            sensitive = old.get("sensitive", False) or new.get("sensitive", False)
            yield Output(name, action, old.get("value"), new.get("value"), sensitive=sensitive)
