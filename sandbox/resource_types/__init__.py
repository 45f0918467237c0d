"""The table of kinds: how each resource type is made. A new type is one row in its family's file."""

from collections.abc import Mapping

from sandbox.resource_types import (
    account,
    api,
    functions,
    network,
    observability,
    queues,
    scaling,
    security,
    state_machines,
    storage,
)
from sandbox.resource_types.kind import Kind

FAMILIES = (
    account,
    api,
    functions,
    network,
    observability,
    queues,
    scaling,
    security,
    state_machines,
    storage,
)

KINDS: Mapping[str, Kind] = {kind: row for family in FAMILIES for kind, row in family.KINDS.items()}
"""By type; data sources and ephemeral resources with their section in front (`data.aws_region`)."""
