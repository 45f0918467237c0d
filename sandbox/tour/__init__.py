"""The tour: calls to a running stack, as its users make them, with a line for each result."""

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from urllib3.exceptions import HTTPError

from sandbox.lifecycle import Running
from sandbox.tour import files, records, requests, tasks, uploads
from sandbox.tour.guide import Guide, TourError

__all__ = ["API_KEY", "Guide", "TourError", "take", "tasks"]

API_KEY = "api-key-parameter"

WORKLOADS = {
    API_KEY: tasks.show,
    "records-table-name": records.show,
    "uploads-bucket-name": uploads.show,
    requests.API: requests.show,
    files.API: files.show,
}
"""The function that shows a workload, by an output that only this workload has."""


def take(running: Running, console: Console) -> None:
    """Show every workload that runs.

    Raises:
        TourError: A call failed or returned something else than expected.
    """
    console.print("Result, duration, call, and what it shows:", style="dim")
    guide = Guide(running, console)
    try:
        for output, show in WORKLOADS.items():
            if output in running.outputs:
                show(guide)
    except (BotoCoreError, ClientError, HTTPError) as error:
        raise TourError(f"a call of the tour failed: {error}") from error
