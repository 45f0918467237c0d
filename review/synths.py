"""Compare two synthesized stacks: `cdk.tf.json` of a base and of a head, without credentials or a state.

What only a provider knows is not seen: what is in the state, what was changed by hand, and of most types
which attributes cannot be changed in place (`IMMUTABLE` has those of what holds data).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from review.change import JSON, Action, Change, Path, compare
from review.errors import InputError
from review.plan import Attributes, Output, Plan, construct_path

Blocks = dict[str, Attributes]

META = frozenset({"//", "depends_on", "lifecycle"})

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


def _listed(value: JSON) -> JSON:
    """Several blocks of a kind: a list in Terraform's JSON syntax, or one alone."""
    return [value] if isinstance(value, Mapping) else value


class _Removed(BaseModel):
    from_: str = Field(alias="from")
    lifecycle: Attributes | tuple[Attributes, ...] = {}

    @property
    def keeps(self) -> bool:
        """Whether what is removed from the configuration is not destroyed."""
        return any(each.get("destroy") is False for each in _blocks(self.lifecycle))


class _Moved(BaseModel):
    from_: str = Field(alias="from")
    to: str


class Synth(BaseModel):
    """A `cdk.tf.json`, as far as it is read; other sections, such as `provider`, are compared as they are."""

    model_config = ConfigDict(extra="allow")

    terraform: Attributes = {}
    resource: dict[str, Blocks] = {}
    data: dict[str, Blocks] = {}
    output: Blocks = {}
    removed: Annotated[tuple[_Removed, ...], BeforeValidator(_listed)] = ()
    moved: Annotated[tuple[_Moved, ...], BeforeValidator(_listed)] = ()

    @property
    def blocks(self) -> Blocks:
        """Resources and data sources by address."""
        return {
            f"{prefix}{kind}.{name}": attributes
            for prefix, kinds in (("", self.resource), ("data.", self.data))
            for kind, named in kinds.items()
            for name, attributes in named.items()
        }

    @property
    def sections(self) -> dict[str, JSON]:
        """The settings, and whatever else is neither a resource nor an output."""
        return {"terraform": self.terraform, **(self.model_extra or {})}


def parse(document: JSON, file: str) -> Synth:
    """Check that a parsed JSON is a synthesized stack.

    Raises:
        InputError: It is none; the message begins with `file`.
    """
    what = f"{file}: is no synthesized stack; `make synth` writes one, cdk.tf.json"
    if not isinstance(document, Mapping) or "terraform" not in document:
        raise InputError(what)
    try:
        return Synth.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{what}: {where}: {first['msg'].lower()}") from None


def compared(base: Synth, head: Synth) -> Plan:
    """What `head` changes of `base`."""
    old, new = base.blocks, head.blocks
    forgotten = {each.from_ for each in head.removed if each.keeps}
    left = old.keys() - new.keys()
    came_from = {each.to: each.from_ for each in head.moved if each.from_ in left and each.to in new}
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
    for section in sorted({*base.sections, *head.sections}.difference({"//"})):
        before, after = ({section: _nested(each.sections.get(section))} for each in (base, head))
        if before != after:
            changes.append(Change(section, section, "update", before, after))
    return Plan(
        changes=tuple(each for each in changes if each.action != "no-op"),
        unchanged=sum(each.action == "no-op" and not each.address.startswith("data.") for each in changes),
        outputs=tuple(_outputs(base.output, head.output)),
        state={address: _arguments(block) for address, block in old.items()},
        secrets=frozenset(_secrets(base.output, head.output)),
    )


def _type(address: str) -> str:
    return address.rpartition(".")[0].removeprefix("data.")


def _arguments(block: Attributes | None) -> Attributes:
    """A block's arguments as a plan has them, and `lifecycle.prevent_destroy`, which protects as one does."""
    if block is None:
        return {}
    prevented = any(each.get("prevent_destroy") for each in _blocks(block.get("lifecycle")))
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


def _blocks(value: JSON) -> list[Mapping[str, JSON]]:
    return [
        each for each in (value if isinstance(value, list | tuple) else [value]) if isinstance(each, Mapping)
    ]


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


def _secrets(*outputs: Mapping[str, JSON]) -> Iterator[str]:
    """The texts of sensitive outputs; a reference is none."""
    for output in (each for named in outputs for each in named.values()):
        if output.get("sensitive") and isinstance(output.get("value"), str) and "${" not in output["value"]:
            yield output["value"]


def _outputs(base: Mapping[str, JSON], head: Mapping[str, JSON]) -> Iterator[Output]:
    for name in sorted({*base, *head}):
        old, new = base.get(name), head.get(name)
        if old != new:
            action: Action = "create" if old is None else "delete" if new is None else "update"
            hidden = any((each or {}).get("sensitive", False) for each in (old, new))
            yield Output(name, action, (old or {}).get("value"), (new or {}).get("value"), sensitive=hidden)
