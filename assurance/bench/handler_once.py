"""Measures a handler or its baseline in one process, as in one container, and prints JSON.

Called with `handler ENTRY EVENT`, it imports an entry point and invokes it. Called with `baseline SERVICES
CALLS`, it imports boto3, creates the same clients and sends the same calls, so that the difference between
the two is the cost of the handler's own code. Called with `record ENTRY EVENT`, it prints these services and
calls.
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

WARM_INVOCATIONS = 100
WARM_UP_INVOCATIONS = 10
UNIQUE = "$N"
"""A placeholder in events for digits that differ in every invocation: repeated ids would be another case."""
UNIQUE_DIGITS = 12


class Context:
    """The attributes of a Lambda context that handlers and Powertools use."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Return more time than any invocation takes."""
        return 10_000


def handler(entry: str, event: str) -> Callable[[], object]:
    """Import an entry point, and return a function that invokes it with an event."""
    handle = import_module(entry).handler
    return lambda: handle(json.loads(event.replace(UNIQUE, unique_digits())), Context())


def unique_digits() -> str:
    """Return twelve digits that increase: microseconds, modulo eleven days."""
    return f"{time.time_ns() // 1000 % 10**UNIQUE_DIGITS:0{UNIQUE_DIGITS}}"


def replaced(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - parameters of any call
    """Return a value with a text replaced in all its strings and bytes."""
    match value:
        case str():
            return value.replace(old, new)
        case bytes():
            return value.replace(old.encode(), new.encode())
        case list() | tuple():
            return [replaced(item, old, new) for item in value]
        case dict():
            return {name: replaced(item, old, new) for name, item in value.items()}
    return value


def baseline(services: str, calls: str) -> Callable[[], object]:
    """Import boto3, create clients, and return a function that sends the calls, successful or not."""
    boto3 = import_module("boto3")
    clients = {service: boto3.client(service) for service in services.split(",")}
    recorded_digits, recorded_calls = pickle.loads(b64decode(calls))  # noqa: S301 - printed by `record`

    def send() -> None:
        for service, operation, params in replaced(recorded_calls, recorded_digits, unique_digits()):
            with suppress(Exception):
                clients[service]._make_api_call(operation, params)

    return send


def record(entry: str, event: str) -> dict[str, str]:
    """Return the services of an entry point's clients, and the calls of its second invocation."""
    client: Any = import_module("botocore.client").BaseClient
    session: Any = import_module("botocore.session").Session
    create_client, make_api_call = session.create_client, client._make_api_call
    services: list[str] = []
    calls: list[tuple[str, str, dict[str, Any]]] = []

    def recorded_creation(self: Any, service: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - botocore's
        services.append(service)
        return create_client(self, service, *args, **options)

    def recorded_call(self: Any, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
        calls.append((self.meta.service_model.service_name, operation, params))
        return make_api_call(self, operation, params)

    session.create_client, client._make_api_call = recorded_creation, recorded_call
    handler(entry, event)()
    calls.clear()
    digits = unique_digits()
    handler(entry, event.replace(UNIQUE, digits))()
    encoded = b64encode(pickle.dumps((digits, calls))).decode()
    return {"services": ",".join(dict.fromkeys(services)), "calls": encoded}


def measure(prepare: Callable[[str, str], Callable[[], object]], first: str, second: str) -> dict[str, float]:
    """Return the CPU seconds of the import, and the milliseconds of the median warm invocation."""
    start = time.process_time()
    invoke = prepare(first, second)
    import_seconds = time.process_time() - start
    for _ in range(WARM_UP_INVOCATIONS):
        invoke()
    durations = []
    for _ in range(WARM_INVOCATIONS):
        start = time.perf_counter()
        invoke()
        durations.append(time.perf_counter() - start)
    return {"import": import_seconds, "warm": sorted(durations)[WARM_INVOCATIONS // 2] * 1000}


if __name__ == "__main__":
    sys.stdout, out = sys.stderr, sys.stdout  # handlers log to stdout
    mode, first, second = sys.argv[1:]
    modes = {"handler": handler, "baseline": baseline}
    result = record(first, second) if mode == "record" else measure(modes[mode], first, second)
    print(json.dumps(result), file=out)
