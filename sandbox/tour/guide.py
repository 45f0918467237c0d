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
from sandbox.server.process import Client

WAIT_SECONDS = 120.0
"""A bound for a busy machine: on a quiet one the longest wait of the tour takes two seconds."""

POLL_SECONDS = 0.1
LONG_ID = re.compile(r"[\w-]{32,}")
T = TypeVar("T")


class TourError(Exception):
    """A result of the tour is wrong. The message names the call, the expected result and the actual one."""


class Guide:
    """Makes calls and prints a line for each: the result, the duration, the call, and what it shows."""

    def __init__(self, running: Running, console: Console) -> None:
        self.outputs = running.outputs
        self._running = running
        self._console = console
        self._http = urllib3.PoolManager(ca_certs=str(running.server.ca_bundle), retries=False)

    def heading(self, text: str) -> None:
        """Print the heading of a part of the tour."""
        self._console.print(f"\n{text}", style="bold")

    def client(self, service: str, *, role: str | None = None) -> Client:
        """Return a client of the root user, or of a session of the role with this ARN."""
        session = None if role is None else self._session(role)
        return self._running.server.client(service, self._running.region, credentials=session)

    def secret_parameter(self, output: str) -> str:
        """Return the value of the Systems Manager parameter that an output names."""
        ssm = self.client("ssm")
        return str(ssm.get_parameter(Name=self.outputs[output], WithDecryption=True)["Parameter"]["Value"])

    def function(self, handler: str) -> dict[str, Any]:
        """Return the configuration of the function with this handler: `handlers.tasks.get.handler`."""
        pages = self.client("lambda").get_paginator("list_functions").paginate()
        functions = (function for page in pages for function in page["Functions"])
        configuration: dict[str, Any] = next(f for f in functions if f["Handler"] == handler)
        return configuration

    def log_records(self, handler: str) -> list[dict[str, Any]]:
        """Return the JSON records in the log of the function with this handler."""
        group = self.function(handler)["LoggingConfig"]["LogGroup"]
        events = self.client("logs").filter_log_events(logGroupName=group)["events"]
        return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]

    def metric_sum(self, namespace: str, name: str, **dimensions: str) -> float | None:
        """Return the sum of a metric over the last hour; None when it has no data."""
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

    def call(
        self,
        method: str,
        path: str,
        *,
        expect: int,
        note: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        api: str = "api-gateway-url",
        signer: str | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Call an API and return the JSON of its response.

        Args:
            method: The HTTP method.
            path: The path below the URL of the API.
            expect: The expected status.
            note: What the call shows.
            body: Sent as JSON.
            headers: Further headers.
            api: The output with the URL of the API.
            signer: The ARN of the role that signs the call, or `root`.

        Raises:
            TourError: The status is not `expect`.
        """
        url = f"{self.outputs[api]}{path}"
        data = None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        if signer is not None:
            sent = self._signed(method, url, data, sent, signer)
        return self._request(method, url, path, expect, note, body=data, headers=sent)

    def get_json(self, path: str, *, api: str, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON
        """Get something from an API without a line: while waiting for it."""
        return self._http.request("GET", f"{self.outputs[api]}{path}", headers=dict(headers)).json()

    def upload(self, form: Mapping[str, Any], content: bytes, *, expect: int, note: str) -> None:
        """Upload a file with a presigned form, `{url, fields}`.

        Raises:
            TourError: The status is not `expect`.
        """
        fields = {**form["fields"], "file": ("file", content)}
        self._request("POST", form["url"], "to S3, presigned", expect, note, fields=fields)

    def download(self, url: str, *, note: str) -> bytes:
        """Return what a presigned URL leads to.

        Raises:
            TourError: The status is not 200.
        """
        start = time.perf_counter()
        response = self._http.request("GET", url)
        if response.status != HTTPStatus.OK:
            raise TourError(f"the presigned URL returned {response.status}, expected 200: {response.data!r}")
        self._print("200", time.perf_counter() - start, "GET    from S3, presigned", note)
        return response.data

    def invoke(self, handler: str, event: object, *, note: str) -> Any:  # noqa: ANN401 - any JSON
        """Invoke the function with this handler and return its result.

        Raises:
            TourError: The function raised an error.
        """
        name = self.function(handler)["FunctionName"]
        start = time.perf_counter()
        response = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        result = json.load(response["Payload"])
        outcome = "failed" if "FunctionError" in response else "ok"
        entry_point = handler.removeprefix("handlers.").removesuffix(".handler")
        self._print(outcome, time.perf_counter() - start, f"invoke {entry_point} {json.dumps(event)}", note)
        if "FunctionError" in response:
            raise TourError(f"{name} failed on {json.dumps(event)}: {json.dumps(result)}")
        return result

    def run(self, what: str, action: Callable[[], object], *, note: str) -> None:
        """Run an action that must succeed, and show it."""
        start = time.perf_counter()
        action()
        self._print("ok", time.perf_counter() - start, what, note)

    def expect_denied(self, action: str, call: Callable[[], object], *, note: str) -> None:
        """Make a call, which IAM must deny, and show it.

        Raises:
            TourError: IAM allows the call, or it fails for another reason.
        """
        start = time.perf_counter()
        try:
            call()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in {"AccessDenied", "AccessDeniedException"}:
                raise TourError(f"{action} {note}: expected AccessDenied, got {error}") from None
            self._print("denied", time.perf_counter() - start, action, note)
        else:
            raise TourError(f"{action} {note}: expected AccessDenied, but the call was allowed")

    def wait_for(self, what: str, look: Callable[[], T | None]) -> T:
        """Wait until `look` returns something, show it and return it.

        Raises:
            TourError: It returns nothing within `WAIT_SECONDS`.
        """
        start = time.perf_counter()
        while (value := look()) is None:
            if time.perf_counter() - start > WAIT_SECONDS:
                raise TourError(f"{what}: nothing within {WAIT_SECONDS:g} s")
            time.sleep(POLL_SECONDS)
        self._print("seen", time.perf_counter() - start, what, str(value))
        return value

    def _request(self, method: str, url: str, path: str, expect: int, note: str, **content: Any) -> Any:  # noqa: ANN401 - any JSON
        start = time.perf_counter()
        response = self._http.request(method, url, **content)
        self._print(
            str(response.status), time.perf_counter() - start, f"{method:<6} {_shortened(path)}", note
        )
        if response.status != expect:
            text = response.data.decode(errors="replace")
            raise TourError(f"{method} {path} returned {response.status}, expected {expect}: {text}")
        return response.json() if response.data.startswith(b"{") else None

    def _signed(
        self, method: str, url: str, data: bytes | None, headers: Mapping[str, str], signer: str
    ) -> dict[str, str]:
        """Return the headers of a call with its signature (Signature Version 4)."""
        session = self._running.server.root if signer == "root" else self._session(signer)
        keys = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session.get("SessionToken"))
        request = AWSRequest(method, url, dict(headers), data)
        SigV4Auth(keys, "execute-api", self._running.region).add_auth(request)
        return dict(request.headers)

    def _session(self, role: str) -> dict[str, str]:
        sts = self._running.server.client("sts", self._running.region)
        session: dict[str, str] = sts.assume_role(RoleArn=role, RoleSessionName="tour")["Credentials"]
        return session

    def _print(self, outcome: str, seconds: float, what: str, note: str) -> None:
        text = f"  {outcome:>6} {seconds * 1000:>6.0f} ms  {what:<36}  {note}"
        self._console.print(text, markup=False, soft_wrap=True)


def _shortened(path: str) -> str:
    """Return a path in which four characters stand for every id and cursor."""
    return LONG_ID.sub(lambda match: f"{match[0][:4]}…", path)
