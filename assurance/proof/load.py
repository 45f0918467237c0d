"""Many at once on the task API, over HTTPS on loopback: no update is lost, no key counts twice (T4).

A closed loop: each client sends its next request when it has the answer to the last one. How fast the
embedded AWS is says nothing about AWS, so throughput is a ratio to that of a bare function beside it.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from threading import Barrier
from typing import Any
from uuid import uuid4

import requests
from rich.console import Console

from assurance.proof import bare
from assurance.proof.figures import Figure, ProofError
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import Loaded, load
from sandbox.server.process import Server, start

CLIENTS = 8
UPDATES = 25
TASKS = 2
KEYS = 10
ROUNDS = 5
REQUESTS = 10
UNTHROTTLED = {"TASKS_THROTTLE_RATE": "10000", "TASKS_THROTTLE_BURST": "5000"}
"""Settings: by default the API answers 429 to more than 50 requests a second (T6), and there it is."""
MARK = re.compile(r"\d+-\d+")
FINE = {200, 201, 409, 412}
"""What may be answered: the last two say that somebody else was faster."""


@dataclass(frozen=True)
class Api:
    """An API, and what every request to it carries."""

    url: str
    headers: dict[str, str]
    ca_bundle: Path

    @classmethod
    def of(cls, server: Server, loaded: Loaded) -> "Api":
        """Return the task API of a stack, with its key."""
        parameter = server.client("ssm", loaded.region).get_parameter(
            Name=loaded.outputs["api-key-parameter"], WithDecryption=True
        )
        key = str(parameter["Parameter"]["Value"])
        return cls(str(loaded.outputs["api-gateway-url"]), {"x-api-key": key}, server.ca_bundle)


class Client:
    """One of those who call an API: a connection of its own, and a count of what it was answered."""

    def __init__(self, api: Api, number: int) -> None:
        self.number = number
        self.statuses: Counter[int] = Counter()
        self._api = api
        self._session = requests.Session()
        self._session.trust_env = False  # no proxies and certificates of this machine
        self._session.verify = str(api.ca_bundle)

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - of requests
        """Send a request.

        Raises:
            ProofError: The answer is an error, or there is none.
        """
        headers = {**self._api.headers, **options.pop("headers", {})}
        try:
            answer = self._session.request(
                method, f"{self._api.url}{path}", headers=headers, timeout=30, **options
            )
        except requests.RequestException as error:
            raise ProofError(f"load: {method} {path} has no answer: {error}") from error
        self.statuses[answer.status_code] += 1
        if answer.status_code not in FINE:
            raise ProofError(f"load: {method} {path} answers {answer.status_code}: {answer.text}")
        return answer


@dataclass(frozen=True)
class Outcome:
    """What clients were answered, all together."""

    statuses: Counter[int]

    def __str__(self) -> str:
        answers = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.statuses.total()} requests: {answers}"


def measure(console: Console) -> list[Figure]:
    """Load the stack and have many clients use it at once.

    Raises:
        ProofError: An update was lost or doubled, a key made two tasks, or a request failed.
    """
    with tempfile.TemporaryDirectory() as directory:
        stack = synthesize(settings_from(WORKLOADS="tasks", **UNTHROTTLED), Path(directory) / "out")
        server = start(Path(directory) / "aws")
        try:
            loaded = load(stack, server)
            api = Api.of(server, loaded)
            with console.status(f"load: {CLIENTS} clients change the same tasks"):
                updates, accepted = conflicting_updates(api, CLIENTS, UPDATES, TASKS)
                keys = one_task_a_key(api, CLIENTS, KEYS)
            with console.status("load: throughput, in turn with a bare function's"):
                ratios = _ratios(api, Api(bare.make(server, loaded), {}, server.ca_bundle))
        finally:
            server.stop()
    who = f"{CLIENTS} clients at once"
    return [
        Figure(f"{who}, conflicting updates under If-Match lost or doubled", f"0 of {accepted}", "0"),
        Figure(f"{who}, tasks made by an Idempotency-Key", f"1 for each of {KEYS}", "1"),
        Figure(f"{who}, errors", f"0 of {updates}; 0 of {keys}", "0"),
        *(
            Figure(f"{who}, throughput of {name} to that of a bare function", f"{ratio:.2f}", "")
            for name, ratio in ratios.items()
        ),
    ]


def conflicting_updates(api: Api, clients: int, updates: int, tasks: int) -> tuple[Outcome, int]:
    """Have each client put its marks, `updates` of them, into the descriptions of the same tasks.

    Returns what was answered, and how many updates were accepted.

    Raises:
        ProofError: The marks in the end are not those that were accepted, each once.
    """
    first = Client(api, -1)
    ids = [first("POST", "/tasks", json={"title": "shared"}).json()["id"] for _ in range(tasks)]

    def work(client: Client) -> None:
        for turn in range(updates):
            append(client, f"/tasks/{ids[turn % tasks]}", f"{client.number}-{turn}")

    outcome = at_once(api, clients, work)
    for number, identifier in enumerate(ids):
        accepted = {f"{who}-{turn}" for who in range(clients) for turn in range(number, updates, tasks)}
        check_marks(first("GET", f"/tasks/{identifier}").json(), accepted)
    return outcome, clients * updates


def append(client: Client, path: str, mark: str) -> None:
    """Add a mark to a task's description: read it, and write it on condition that nobody else has since."""
    while True:
        read = client("GET", path)
        task = {"title": "shared", "description": f"{read.json()['description']} {mark}"}
        if client("PUT", path, json=task, headers={"If-Match": read.headers["ETag"]}).status_code == 200:
            return


def check_marks(task: dict[str, Any], accepted: set[str]) -> None:
    """Check that every update that was accepted is in a task, once, and that it has as many versions.

    Raises:
        ProofError: One is lost, or doubled.
    """
    found = Counter(MARK.findall(task["description"]))
    lost, doubled = accepted - set(found), {mark for mark, count in found.items() if count > 1}
    if lost or doubled or set(found) != accepted or task["version"] != len(accepted) + 1:
        raise ProofError(
            f"load: of {len(accepted)} accepted updates, {sorted(lost)} lost and {sorted(doubled)} doubled;"
            f" the task has version {task['version']}"
        )


def one_task_a_key(api: Api, clients: int, keys: int) -> Outcome:
    """Have all clients send the same request under the same key at the same moment, for so many keys.

    Raises:
        ProofError: They made more than one task.
    """
    together, run = Barrier(clients), str(uuid4())
    made: list[list[str]] = [[] for _ in range(keys)]

    def work(client: Client) -> None:
        for key in range(keys):
            together.wait(timeout=60)
            headers = {"Idempotency-Key": f"{run}-{key}"}
            send = partial(client, "POST", "/tasks", json={"title": run}, headers=headers)
            while (answer := send()).status_code == 409:
                time.sleep(0.02)  # Retry-After says a second, for want of a smaller one
            made[key].append(answer.json()["id"])

    outcome = at_once(api, clients, work)
    ids = [identifier for each in made for identifier in each]
    if len(ids) != clients * keys or len(set(ids)) != keys or any(len(set(each)) != 1 for each in made):
        raise ProofError(f"load: {keys} keys sent by {clients} clients made {len(set(ids))} tasks")
    listed = Counter(task["title"] for task in _listed(Client(api, -1)))
    if listed[run] != keys:
        raise ProofError(f"load: {keys} keys left {listed[run]} tasks in the table")
    return outcome


def at_once(api: Api, clients: int, work: Callable[[Client], object]) -> Outcome:
    """Have so many clients work at once, and return what they were answered."""
    all_of_them = [Client(api, number) for number in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, all_of_them))
    return Outcome(sum((client.statuses for client in all_of_them), Counter()))


def _listed(client: Client) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client("GET", f"/tasks?limit=100{cursor and f'&cursor={cursor}'}").json()
        tasks, cursor = tasks + page["items"], page["next_cursor"]
    return tasks


def _ratios(ours: Api, plain: Api) -> dict[str, float]:
    """Return how many requests a second our API serves for each of the bare one's: reads, and writes."""
    path = f"/tasks/{Client(ours, -1)('POST', '/tasks', json={'title': 'read'}).json()['id']}"
    calls = {
        "reads": lambda client: client("GET", path),
        "writes": lambda client: client("PUT", path, json={"title": "written"}),
    }
    for call in calls.values():  # containers start, and clients connect
        for api in (ours, plain):
            _seconds(api, call)
    return {
        name: median([_seconds(plain, call) / _seconds(ours, call) for _ in range(ROUNDS)])
        for name, call in calls.items()
    }


def _seconds(api: Api, call: Callable[[Client], object]) -> float:
    def work(client: Client) -> None:
        for _ in range(REQUESTS):
            call(client)

    begin = time.perf_counter()
    at_once(api, CLIENTS, work)
    return time.perf_counter() - begin
