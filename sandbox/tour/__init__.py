"""Drive what runs as its users would, and show what it answers."""

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from urllib3.exceptions import HTTPError

from sandbox.lifecycle import Running
from sandbox.tour import files, records, requests, tasks, uploads
from sandbox.tour.guide import Guide, TourError

__all__ = ["API_KEY", "Guide", "TourError", "drive", "tasks"]

API_KEY = "api-key-parameter"

WORKLOADS = {
    API_KEY: tasks.show,
    "records-table-name": records.show,
    "uploads-bucket-name": uploads.show,
    requests.API: requests.show,
    files.API: files.show,
}
"""How to show a workload, by an output that only it has."""


def drive(running: Running, console: Console) -> None:
    """Show every workload that runs.

    Raises:
        TourError: something did not answer as it should, or at all.
    """
    guide = Guide(running, console)
    try:
        for output, show in WORKLOADS.items():
            if output in running.outputs:
                show(guide)
    except (BotoCoreError, ClientError, HTTPError) as error:
        raise TourError(f"the embedded AWS did not answer as it should: {error}") from error
