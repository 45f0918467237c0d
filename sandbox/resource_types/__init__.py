"""The table of resource types: how a resource of each type is created.

A new type is an entry in the module of its family, and a case in `tests/integration/sandbox/resource_types`.
"""

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
from sandbox.resource_types.resource_type import ResourceType

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

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    name: resource_type for family in FAMILIES for name, resource_type in family.RESOURCE_TYPES.items()
}
"""By name; those of data sources and ephemeral resources begin with their section (`data.aws_region`)."""
