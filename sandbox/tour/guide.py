"""What every part of the tour needs: calls with a line each, clients, waiting."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import urllib3
from botocore.exceptions import ClientError
from rich.console import Console

from sandbox.lifecycle import Running
from sandbox.server import Client

WAIT_SECONDS = 15.0
POLL_SECONDS = 0.1
LONG = re.compile(r"[\w-]{32,}")
T = TypeVar("T")


class TourError(Exception):
    """Something did not answer as it should; the message says what was asked, expected and answered."""


class Guide:
    """Makes calls and prints a line for each: what came back, how long it took, what was asked."""

    def __init__(self, running: Running, console: Console) -> None:
        self.outputs = running.outputs
        self._running = running
        self._console = console
        self._http = urllib3.PoolManager(ca_certs=str(running.server.ca_bundle), retries=False)

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.print(f"\n{text}", style="bold")

    def client(self, service: str, *, role: str | None = None) -> Client:
        """A client of the account's root, or of a session of the role with this ARN."""
        server, region = self._running.server, self._running.region
        if role is None:
            return server.client(service, region)
        sts = server.client("sts", region)
        session = sts.assume_role(RoleArn=role, RoleSessionName="tour")["Credentials"]
        return server.client(service, region, credentials=session)

    def function(self, handler: str) -> dict[str, Any]:
        """The configuration of the function with this entry point."""
        pages = self.client("lambda").get_paginator("list_functions").paginate()
        found: dict[str, dict[str, Any]] = {f["Handler"]: f for page in pages for f in page["Functions"]}
        return found[handler]

    def call(
        self,
        method: str,
        path: str,
        *,
        expect: int,
        note: str = "",
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Call the API and return the JSON of its answer.

        Raises:
            TourError: the status is not ``expect``.
        """
        data = None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        start = time.perf_counter()
        answer = self._http.request(
            method, f"{self.outputs['api-gateway-url']}{path}", body=data, headers=sent
        )
        self._line(str(answer.status), time.perf_counter() - start, f"{method:<6} {_short(path)}", note)
        if answer.status != expect:
            text = answer.data.decode(errors="replace")
            raise TourError(f"{method} {path} answered {answer.status} instead of {expect}: {text}")
        return answer.json() if answer.data else None

    def refused(self, note: str, call: Callable[[], object]) -> None:
        """Show that IAM refuses ``call``.

        Raises:
            TourError: it did not.
        """
        start = time.perf_counter()
        try:
            call()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            self._line("deny", time.perf_counter() - start, code.removesuffix("Exception"), note)
            if code not in {"AccessDenied", "AccessDeniedException"}:
                raise TourError(f"{note}: answered {error}") from None
        else:
            raise TourError(f"{note}: was allowed")

    def found(self, what: str, look: Callable[[], T | None]) -> T:
        """Wait until ``look`` finds something, show it and return it.

        Raises:
            TourError: it found nothing in time.
        """
        start = time.perf_counter()
        while (value := look()) is None:
            if time.perf_counter() - start > WAIT_SECONDS:
                raise TourError(f"{what}: nothing came in {WAIT_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)
        self._line("read", time.perf_counter() - start, what, str(value))
        return value

    def _line(self, outcome: str, seconds: float, what: str, note: str) -> None:
        text = f"  {outcome:>4} {seconds * 1000:>6.0f} ms  {what:<34}  {note}"
        self._console.print(text, markup=False, soft_wrap=True)


def _short(path: str) -> str:
    """Ids and cursors say nothing on a terminal beyond their first characters."""
    return LONG.sub(lambda match: f"{match[0][:4]}…", path)
