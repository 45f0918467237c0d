"""Compare two synthesized stacks: `cdk.tf.json` of a base and of a head, without credentials or a state.

What only a provider knows is not seen: what is in the state, what was changed by hand, and of most types
which attributes cannot be changed in place (`IMMUTABLE` has those of what holds data).
"""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ValidationError

from review.change import JSON, Action, Change, Path, at, compare
from review.errors import InputError
from review.plan import CONSTRUCT, Attributes, Output, Plan

Blocks = dict[str, Attributes]

META = frozenset({"//", "depends_on", "lifecycle", "provider"})

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


class Synth(BaseModel):
    """A `cdk.tf.json`, as far as it is read."""

    terraform: Attributes = {}
    provider: Attributes = {}
    resource: dict[str, Blocks] = {}
    data: dict[str, Blocks] = {}
    output: Blocks = {}
    removed: tuple[Attributes, ...] = ()
    moved: tuple[Attributes, ...] = ()

    @property
    def blocks(self) -> Blocks:
        """Resources and data sources by address."""
        return {
            f"{prefix}{kind}.{name}": attributes
            for prefix, kinds in (("", self.resource), ("data.", self.data))
            for kind, named in kinds.items()
            for name, attributes in named.items()
        }


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
    forgotten = {each.get("from") for each in head.removed if at(each, ("lifecycle", "destroy")) is False}
    came_from = {each.get("to"): each.get("from") for each in head.moved}
    came_from = {to: address for to, address in came_from.items() if address in old and to in new}
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
                construct=at(after or before, CONSTRUCT),
                previous=previous,
            )
        )
    changes += [
        Change(section, section, "update", dict(before), dict(after))
        for section, before, after in (
            ("terraform", base.terraform, head.terraform),
            ("provider", base.provider, head.provider),
        )
        if before != after
    ]
    return Plan(
        changes=tuple(each for each in changes if each.action != "no-op"),
        unchanged=sum(each.action == "no-op" for each in changes),
        outputs=tuple(_outputs(base.output, head.output)),
    )


def _type(address: str) -> str:
    return address.rpartition(".")[0].removeprefix("data.")


def _arguments(block: Attributes | None) -> Attributes:
    """A block's arguments, and `lifecycle.prevent_destroy`, which protects as an argument does."""
    if block is None:
        return {}
    prevented = (block.get("lifecycle") or {}).get("prevent_destroy")
    arguments = {name: value for name, value in block.items() if name not in META}
    return arguments | ({"prevent_destroy": True} if prevented else {})


def _action(address: str, before: Attributes | None, after: Attributes | None) -> Action:
    same = before and after and not any(compare(_arguments(before), _arguments(after)))
    if same:
        return "no-op"
    if address.startswith("data."):
        return "read"
    if before is None or after is None:
        return "create" if before is None else "delete"
    return "replace" if next(_forcing(address, before, after), None) else "update"


def _forcing(address: str, before: Attributes | None, after: Attributes | None) -> Iterator[Path]:
    for name in IMMUTABLE.get(_type(address), ()):
        if any(compare((before or {}).get(name), (after or {}).get(name))):
            yield (name,)


def _outputs(base: Mapping[str, JSON], head: Mapping[str, JSON]) -> Iterator[Output]:
    for name in sorted({*base, *head}):
        old, new = base.get(name), head.get(name)
        if old != new:
            action: Action = "create" if old is None else "delete" if new is None else "update"
            hidden = any((each or {}).get("sensitive", False) for each in (old, new))
            yield Output(name, action, (old or {}).get("value"), (new or {}).get("value"), sensitive=hidden)
