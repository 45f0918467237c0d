"""What every part of the tour needs: calls with a line each, clients, waiting."""

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from rich.console import Console

from sandbox.lifecycle import Running
from sandbox.server.process import ROOT, Client

WAIT_SECONDS = 120.0
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

    def log_lines(self, handler: str) -> list[dict[str, Any]]:
        """What the function with this entry point has logged, as its JSON lines."""
        group = self.function(handler)["LoggingConfig"]["LogGroup"]
        events = self.client("logs").filter_log_events(logGroupName=group)["events"]
        return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]

    def metric_sum(self, namespace: str, name: str, **dimensions: str) -> float | None:
        """The sum of a metric over the last hour; None while there is none."""
        now = datetime.now(UTC)
        points = self.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(float(point["Sum"]) for point in points) if points else None

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.print(f"\n{text}", style="bold")

    def client(self, service: str, *, role: str | None = None) -> Client:
        """A client of the account's root, or of a session of the role with this ARN."""
        session = None if role is None else self._session(role)
        return self._running.server.client(service, self._running.region, credentials=session)

    def secret_parameter(self, output: str) -> str:
        """What SSM holds under the name that is this output."""
        ssm = self.client("ssm")
        return str(ssm.get_parameter(Name=self.outputs[output], WithDecryption=True)["Parameter"]["Value"])

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
        api: str = "api-gateway-url",
        signer: str | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Call an API and return the JSON of its answer.

        Args:
            method: HTTP method.
            path: below the API's URL.
            expect: the status that is right.
            note: what this call shows.
            body: sent as JSON.
            headers: further ones.
            api: the output that has the API's URL.
            signer: sign the call as this role's session (its ARN), or as ``root``.

        Raises:
            TourError: the status is not ``expect``.
        """
        url = f"{self.outputs[api]}{path}"
        data = None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        if signer is not None:
            sent = self._signed(method, url, data, sent, signer)
        return self._request(method, url, path, expect, note, body=data, headers=sent)

    def look(self, path: str, *, api: str, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON
        """Get something from an API without a line, as while waiting for it."""
        return self._http.request("GET", f"{self.outputs[api]}{path}", headers=dict(headers)).json()

    def upload(self, form: Mapping[str, Any], content: bytes, *, expect: int, note: str) -> None:
        """Send a file by a presigned form, ``{url, fields}``.

        Raises:
            TourError: the status is not ``expect``.
        """
        fields = {**form["fields"], "file": ("file", content)}
        self._request("POST", form["url"], "the form, to S3", expect, note, fields=fields)

    def download(self, url: str, *, note: str) -> bytes:
        """Get what a presigned URL leads to.

        Raises:
            TourError: it leads to nothing.
        """
        start = time.perf_counter()
        answer = self._http.request("GET", url)
        if answer.status != HTTPStatus.OK:
            raise TourError(f"the presigned URL answered {answer.status}: {answer.data!r}")
        self._line("200", time.perf_counter() - start, "GET    the presigned URL, from S3", note)
        return answer.data

    def invoke(self, handler: str, event: object, *, note: str = "") -> Any:  # noqa: ANN401 - any JSON
        """Invoke the function with this entry point and return what it answers.

        Raises:
            TourError: it raised.
        """
        name = self.function(handler)["FunctionName"]
        start = time.perf_counter()
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        payload = json.load(answer["Payload"])
        outcome = "fail" if "FunctionError" in answer else "done"
        entry = handler.removeprefix("handlers.").removesuffix(".handler")
        self._line(outcome, time.perf_counter() - start, f"{entry} {json.dumps(event)}", note)
        if "FunctionError" in answer:
            raise TourError(f"{name} failed on {json.dumps(event)}: {json.dumps(payload)}")
        return payload

    def done(self, what: str, call: Callable[[], object], *, note: str = "") -> None:
        """Make a call that is to succeed, and show it."""
        start = time.perf_counter()
        call()
        self._line("done", time.perf_counter() - start, what, note)

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

    def _request(self, method: str, url: str, path: str, expect: int, note: str, **content: Any) -> Any:  # noqa: ANN401 - any JSON
        start = time.perf_counter()
        answer = self._http.request(method, url, **content)
        self._line(str(answer.status), time.perf_counter() - start, f"{method:<6} {_short(path)}", note)
        if answer.status != expect:
            text = answer.data.decode(errors="replace")
            raise TourError(f"{method} {path} answered {answer.status} instead of {expect}: {text}")
        return answer.json() if answer.data.startswith(b"{") else None

    def _signed(
        self, method: str, url: str, data: bytes | None, headers: Mapping[str, str], signer: str
    ) -> dict[str, str]:
        """Add a signature (Signature Version 4) to the headers of a call."""
        session = ROOT if signer == "root" else self._session(signer)
        keys = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session.get("SessionToken"))
        request = AWSRequest(method, url, dict(headers), data)
        SigV4Auth(keys, "execute-api", self._running.region).add_auth(request)
        return dict(request.headers)

    def _session(self, role: str) -> dict[str, str]:
        sts = self._running.server.client("sts", self._running.region)
        session: dict[str, str] = sts.assume_role(RoleArn=role, RoleSessionName="tour")["Credentials"]
        return session

    def _line(self, outcome: str, seconds: float, what: str, note: str) -> None:
        text = f"  {outcome:>4} {seconds * 1000:>6.0f} ms  {what:<34}  {note}"
        self._console.print(text, markup=False, soft_wrap=True)


def _short(path: str) -> str:
    """Ids and cursors say nothing on a terminal beyond their first characters."""
    return LONG.sub(lambda match: f"{match[0][:4]}…", path)
