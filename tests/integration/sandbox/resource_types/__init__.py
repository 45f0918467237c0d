"""For every resource type a small stack, and how to read the resource back from the embedded AWS."""

from tests.integration.sandbox.resource_types import (
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
from tests.integration.sandbox.resource_types.case import Case

CASES: dict[str, Case] = {
    **account.CASES,
    **api.CASES,
    **functions.CASES,
    **network.CASES,
    **observability.CASES,
    **queues.CASES,
    **scaling.CASES,
    **security.CASES,
    **state_machines.CASES,
    **storage.CASES,
}
