"""One container: ``real ENTRY EVENT`` or ``bare SERVICES CALLS``, as JSON on stdout.

``real`` imports an entry point and invokes it; ``bare`` imports boto3, makes the same clients and makes the
same calls, so that what is left between the two is what our code costs. ``note`` finds out which they are.
"""

import json
import pickle
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

WARM = 100
ANOTHER = "$N"
"""Stands in an event for what is another each time, as an id: a repetition would be another case."""


class Context:
    """What handlers and Powertools use of a Lambda context."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 10_000


def real(entry: str, event: str) -> Callable[[], object]:
    """Import an entry point; the result invokes it with an event."""
    handler = import_module(entry).handler
    return lambda: handler(json.loads(event.replace(ANOTHER, another())), Context())


def another() -> str:
    """Twelve digits that grow: microseconds, within eleven days."""
    return f"{time.time_ns() // 1000 % 10**12:012}"


def renewed(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - parameters of whatever call
    """The same with other digits in it."""
    match value:
        case str():
            return value.replace(old, new)
        case bytes():
            return value.replace(old.encode(), new.encode())
        case list() | tuple():
            return [renewed(each, old, new) for each in value]
        case dict():
            return {name: renewed(each, old, new) for name, each in value.items()}
    return value


def bare(services: str, calls: str) -> Callable[[], object]:
    """Import boto3 and make clients; the result makes calls, successful or not."""
    boto3 = import_module("boto3")
    clients = {service: boto3.client(service) for service in services.split(",")}
    noted, content = pickle.loads(b64decode(calls))  # noqa: S301 - what note has printed

    def make() -> None:
        for service, operation, params in renewed(content, noted, another()):
            with suppress(Exception):
                clients[service]._make_api_call(operation, params)

    return make


def note(entry: str, event: str) -> dict[str, str]:
    """The clients that an entry point makes, and the calls of its second invocation."""
    client: Any = import_module("botocore.client").BaseClient
    session: Any = import_module("botocore.session").Session
    make, call = session.create_client, client._make_api_call
    services: list[str] = []
    calls: list[tuple[str, str, dict[str, Any]]] = []

    def made(self: Any, service: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        services.append(service)
        return make(self, service, *args, **options)

    def called(self: Any, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401
        calls.append((self.meta.service_model.service_name, operation, params))
        return call(self, operation, params)

    session.create_client, client._make_api_call = made, called
    real(entry, event)()
    calls.clear()
    digits = another()
    real(entry, event.replace(ANOTHER, digits))()
    noted = b64encode(pickle.dumps((digits, calls))).decode()
    return {"services": ",".join(dict.fromkeys(services)), "calls": noted}


def timed(make: Callable[[str, str], Callable[[], object]], first: str, second: str) -> dict[str, float]:
    """CPU seconds until the handler is there, and milliseconds of its median warm invocation."""
    start = time.process_time()
    invoke = make(first, second)
    ready = time.process_time() - start
    for _ in range(WARM // 10):
        invoke()
    walls = []
    for _ in range(WARM):
        start = time.perf_counter()
        invoke()
        walls.append(time.perf_counter() - start)
    return {"import": ready, "warm": sorted(walls)[WARM // 2] * 1000}


if __name__ == "__main__":
    sys.stdout, out = sys.stderr, sys.stdout  # handlers log to stdout
    mode, first, second = sys.argv[1:]
    answer = (
        note(first, second) if mode == "note" else timed({"real": real, "bare": bare}[mode], first, second)
    )
    print(json.dumps(answer), file=out)
