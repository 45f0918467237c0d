"""A small stack for each kind of the loader, and how to read back from the embedded AWS what it made."""

from tests.integration.kinds import (
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
from tests.integration.kinds.case import Case

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
