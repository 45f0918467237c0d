"""Concurrent clients of the task API, over HTTPS: no update is lost, no idempotency key counts twice.

It is a closed loop: each client sends its next request after the response to the last one (T4). The speed of
the embedded AWS says nothing about AWS, so throughput is given as a ratio to that of a minimal function.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from statistics import median
from threading import Barrier
from typing import Any
from uuid import uuid4

import requests
from rich.console import Console

from assurance.loaded_stack import REQUEST_TIMEOUT_SECONDS, LoadedStack
from assurance.proof import bare
from assurance.proof.figures import Figure, ProofError
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import load
from sandbox.server.process import start

CLIENTS = 8
UPDATES_PER_CLIENT = 25
SHARED_TASKS = 2
KEYS = 10
ROUNDS = 5
REQUESTS_PER_ROUND = 10
RETRY_SECONDS = 0.02
UNTHROTTLED = {"TASKS_THROTTLE_RATE": "10000", "TASKS_THROTTLE_BURST": "5000"}
"""Settings; by default the API responds with 429 to more than 50 requests a second (T6)."""
MARK = re.compile(r"\d+-\d+")
EXPECTED_STATUSES = {
    HTTPStatus.OK,
    HTTPStatus.CREATED,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
}
"""The last two mean that another client was faster."""


@dataclass(frozen=True)
class Api:
    """An API.

    Attributes:
        url: URL of its stage.
        headers: Headers of every request.
        ca_bundle: Certificates that clients trust.
    """

    url: str
    headers: dict[str, str]
    ca_bundle: Path

    @classmethod
    def of(cls, stack: LoadedStack) -> "Api":
        """Return the task API of a stack, with its key."""
        url = str(stack.loaded.outputs["api-gateway-url"])
        return cls(url, {"x-api-key": stack.api_key}, stack.server.ca_bundle)


class Client:
    """A client of an API with its own connection.

    Attributes:
        number: Number of the client.
        statuses: Number of responses by status.
    """

    def __init__(self, api: Api, number: int) -> None:
        self.number = number
        self.statuses: Counter[int] = Counter()
        self._api = api
        self._session = requests.Session()
        self._session.trust_env = False  # ignores proxies and certificates of this machine
        self._session.verify = str(api.ca_bundle)

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - of requests
        """Send a request.

        Raises:
            ProofError: The response is an error, or there is none.
        """
        headers = {**self._api.headers, **options.pop("headers", {})}
        try:
            response = self._session.request(
                method,
                f"{self._api.url}{path}",
                headers=headers,
                timeout=REQUEST_TIMEOUT_SECONDS,
                **options,
            )
        except requests.RequestException as error:
            raise ProofError(f"load: {method} {path} has no response: {error}") from error
        self.statuses[response.status_code] += 1
        if response.status_code not in EXPECTED_STATUSES:
            raise ProofError(f"load: {method} {path} returns {response.status_code}: {response.text}")
        return response


@dataclass(frozen=True)
class Outcome:
    """The responses to all clients of a run.

    Attributes:
        statuses: Number of responses by status.
    """

    statuses: Counter[int]

    def __str__(self) -> str:
        counts = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.statuses.total()} requests: {counts}"


def measure(console: Console) -> list[Figure]:
    """Load the stack and call it with concurrent clients.

    Raises:
        ProofError: An update was lost or applied twice, a key created two tasks, or a request failed.
    """
    with tempfile.TemporaryDirectory() as directory:
        stack = synthesize(settings_from(WORKLOADS="tasks", **UNTHROTTLED), Path(directory) / "out")
        server = start(Path(directory) / "aws")
        try:
            loaded = load(stack, server)
            api = Api.of(LoadedStack(server, loaded))
            with console.status(f"load: {CLIENTS} clients update the same tasks"):
                updates, accepted = conflicting_updates(api, CLIENTS, UPDATES_PER_CLIENT, SHARED_TASKS)
                keys = repeated_creations(api, CLIENTS, KEYS)
            with console.status("load: throughput, alternating with a minimal function"):
                ratios = _throughput_ratios(api, Api(bare.create(server, loaded), {}, server.ca_bundle))
        finally:
            server.stop()
    subject = f"{CLIENTS} concurrent clients"
    return [
        Figure(
            f"{subject}: conflicting If-Match updates that are lost or applied twice", f"0 of {accepted}", "0"
        ),
        Figure(f"{subject}: tasks created per Idempotency-Key", f"1 for each of {KEYS}", "1"),
        Figure(f"{subject}: errors", f"0 of {updates}; 0 of {keys}", "0"),
        *(
            Figure(f"{subject}: throughput of {name}, as a ratio to a minimal function", f"{ratio:.2f}", "")
            for name, ratio in ratios.items()
        ),
    ]


def conflicting_updates(api: Api, clients: int, updates: int, tasks: int) -> tuple[Outcome, int]:
    """Have every client append `updates` marks to the descriptions of the same tasks.

    Returns:
        The responses, and the number of accepted updates.

    Raises:
        ProofError: The tasks do not contain every accepted mark exactly once.
    """
    setup = Client(api, -1)
    ids = [setup("POST", "/tasks", json={"title": "shared"}).json()["id"] for _ in range(tasks)]

    def work(client: Client) -> None:
        for turn in range(updates):
            append(client, f"/tasks/{ids[turn % tasks]}", f"{client.number}-{turn}")

    outcome = run_concurrently(api, clients, work)
    for index, identifier in enumerate(ids):
        accepted = {f"{client}-{turn}" for client in range(clients) for turn in range(index, updates, tasks)}
        check_marks(setup("GET", f"/tasks/{identifier}").json(), accepted)
    return outcome, clients * updates


def append(client: Client, path: str, mark: str) -> None:
    """Append a mark to a task's description with an If-Match update, repeated until it is accepted."""
    while True:
        current = client("GET", path)
        task = {"title": "shared", "description": f"{current.json()['description']} {mark}"}
        update = client("PUT", path, json=task, headers={"If-Match": current.headers["ETag"]})
        if update.status_code == HTTPStatus.OK:
            return


def check_marks(task: dict[str, Any], accepted: set[str]) -> None:
    """Check that a task contains every accepted update once, and has one version for each.

    Raises:
        ProofError: An update was lost or applied twice.
    """
    marks = Counter(MARK.findall(task["description"]))
    lost, doubled = accepted - set(marks), {mark for mark, count in marks.items() if count > 1}
    if lost or doubled or set(marks) != accepted or task["version"] != len(accepted) + 1:
        raise ProofError(
            f"load: of {len(accepted)} accepted updates, {sorted(lost)} are lost and {sorted(doubled)} are"
            f" applied twice; the task has version {task['version']}"
        )


def repeated_creations(api: Api, clients: int, keys: int) -> Outcome:
    """Have all clients send the same POST with the same idempotency key at the same time, for each key.

    Raises:
        ProofError: A key created more than one task.
    """
    barrier, title = Barrier(clients), str(uuid4())
    created: list[list[str]] = [[] for _ in range(keys)]

    def work(client: Client) -> None:
        for key in range(keys):
            barrier.wait(timeout=REQUEST_TIMEOUT_SECONDS)
            headers = {"Idempotency-Key": f"{title}-{key}"}
            send = partial(client, "POST", "/tasks", json={"title": title}, headers=headers)
            while (response := send()).status_code == HTTPStatus.CONFLICT:
                time.sleep(RETRY_SECONDS)  # shorter than Retry-After, whose unit is a second
            created[key].append(response.json()["id"])

    outcome = run_concurrently(api, clients, work)
    ids = {identifier for of_key in created for identifier in of_key}
    complete = all(len(of_key) == clients and len(set(of_key)) == 1 for of_key in created)
    if len(ids) != keys or not complete:
        raise ProofError(f"load: {keys} keys sent by {clients} clients created {len(ids)} tasks")
    stored = Counter(task["title"] for task in _all_tasks(Client(api, -1)))
    if stored[title] != keys:
        raise ProofError(f"load: {keys} keys created {stored[title]} tasks in the table")
    return outcome


def run_concurrently(api: Api, count: int, work: Callable[[Client], object]) -> Outcome:
    """Run `work` with the given number of concurrent clients, and return the responses."""
    clients = [Client(api, number) for number in range(count)]
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, clients))
    return Outcome(sum((client.statuses for client in clients), Counter()))


def _all_tasks(client: Client) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client("GET", f"/tasks?limit=100{cursor and f'&cursor={cursor}'}").json()
        tasks, cursor = tasks + page["items"], page["next_cursor"]
    return tasks


def _throughput_ratios(api: Api, baseline: Api) -> dict[str, float]:
    """Return the throughput of reads and writes of an API, divided by the baseline's."""
    path = f"/tasks/{Client(api, -1)('POST', '/tasks', json={'title': 'read'}).json()['id']}"
    calls = {
        "reads": lambda client: client("GET", path),
        "writes": lambda client: client("PUT", path, json={"title": "written"}),
    }
    for call in calls.values():  # excludes cold starts and TLS handshakes
        for warmed in (api, baseline):
            _seconds(warmed, call)
    return {
        name: median([_seconds(baseline, call) / _seconds(api, call) for _ in range(ROUNDS)])
        for name, call in calls.items()
    }


def _seconds(api: Api, call: Callable[[Client], object]) -> float:
    def work(client: Client) -> None:
        for _ in range(REQUESTS_PER_ROUND):
            call(client)

    start_time = time.perf_counter()
    run_concurrently(api, CLIENTS, work)
    return time.perf_counter() - start_time
