"""Every function that is invoked with events handles generated events, whatever they contain.

`make proof` runs these tests with many events and reads the outcomes that they record.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.proof import malicious_inputs
from assurance.proof.secrecy import TRACES
from assurance.proof.tally import EVENT_OUTCOME, generated
from handlers.common import clients
from handlers.common.s3_events import EventError
from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.generation import example_count
from tests.integration.entry_points import capture_log, import_records
from tests.integration.file_pipeline import Files, make_files
from tests.integration.request_pipeline import make_pipeline
from tests.integration.tables import create_table
from tests.integration.upload_processor import PASSWORD, make_uploads
from tests.unit.handlers.strategies import anything, text

Events = st.SearchStrategy[Any]

TIME = "2026-01-01T00:00:00.000Z"
texts = text | st.sampled_from(malicious_inputs.TEXTS)
sequencers = st.integers(0, 2**64).map(lambda number: f"{number:016X}")

CONTENTS: dict[str, Events] = {
    "image": st.tuples(
        st.sampled_from(
            [b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1", b"\xff\xd8\xff\xe0"]
        ),
        st.binary(max_size=200),
    ).map(b"".join),
    "document": st.tuples(
        st.sampled_from(
            [b"", b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n", b"words and words\n"]
        ),
        st.binary(max_size=200) | texts.map(lambda content: content.encode(errors="surrogatepass")),
    ).map(b"".join),
    "data": anything.map(lambda document: json.dumps(document).encode())
    | st.sampled_from(malicious_inputs.BODIES)
    | st.binary(max_size=200)
    | st.text('a,;\n\r"1', max_size=80).map(str.encode),
}
"""Contents of files, by the function that reads them."""
FILE_NAMES = {"image": ("a.png", "A.JPG"), "document": ("a.pdf", "A.TXT"), "data": ("a.csv", "A.JSON")}
FUNCTIONS = (
    *("records.writer", "records.reader", "uploads.processor", "requests.complete"),
    *("files.image", "files.document", "files.data"),
)


@dataclass(frozen=True)
class Target:
    """A function and the events for it.

    Attributes:
        module: The entry point of the function.
        examples: Generates events, or what `prepare` makes them from.
        prepare: Returns the event of an example, and stores the file that it is about.
    """

    module: ModuleType
    examples: Events
    prepare: Callable[[Any], Any] = lambda example: example


@pytest.fixture(scope="module")
def targets(server: Server) -> Iterator[dict[str, Target]]:
    """The functions, each imported as Lambda does, with their own buckets and tables."""
    with pytest.MonkeyPatch.context() as patch:
        for cached in (clients._client, clients._session):
            cached.cache_clear()
        yield {**_records(server, patch), **_s3_events(server, patch)}
        for cached in (clients._client, clients._session):
            cached.cache_clear()


@pytest.mark.hypothesis
@pytest.mark.parametrize("function", FUNCTIONS)
def test_generated_events_are_handled(
    function: str, targets: dict[str, Target], record_property: Callable[[str, object], None]
) -> None:
    target = targets[function]
    log = capture_log(target.module)
    outcomes: Counter[str] = Counter()
    failures = []

    @generated(example_count(few=15, many=250))
    @given(target.examples)
    def invoke(example: Any) -> None:  # noqa: ANN401 - any JSON
        log.seek(0)
        log.truncate()
        event = target.prepare(example)
        outcome, response = _invoke(target.module, event)
        leaks = [secret for secret in (PASSWORD, *TRACES) if secret in log.getvalue()]
        if outcome == "5xx" or leaks:
            failures.append(f"{response} {leaks} for {event!r:.500}: {log.getvalue()[:2000]}")
        outcomes[outcome] += 1

    invoke()
    for outcome, count in outcomes.items():
        record_property(EVENT_OUTCOME, f"{function} {outcome} {count}")
    assert not failures, failures[0]
    assert outcomes["2xx"], "no event was accepted"


def _invoke(module: ModuleType, event: object) -> tuple[str, str]:
    """Return the outcome of an invocation as the class of a status, and the response or error."""
    try:
        response = module.handler(event, FakeContext(300_000))
    except EventError as error:
        return "4xx", str(error)
    except Exception as error:  # noqa: BLE001 - no other exception may leave a handler
        return "5xx", repr(error)
    status = response.get("statusCode", 200) if isinstance(response, dict) else 200
    return f"{status // 100}xx", json.dumps(response)


def _records(server: Server, patch: pytest.MonkeyPatch) -> dict[str, Target]:
    table = create_table(server, "records")
    identifiers = texts | anything | st.integers(0, 3000).map(lambda size: "é" * size)
    events = anything | st.fixed_dictionaries({"id": identifiers}, optional={"more": anything})
    entries = import_records(patch, server, table)
    return {f"records.{name}": Target(module, events) for name, module in entries.items()}


def _s3_events(server: Server, patch: pytest.MonkeyPatch) -> dict[str, Target]:
    uploads, files = make_uploads(server, patch), make_files(server, patch)
    pipeline = make_pipeline(server, patch, "STANDARD")
    keys = [f"requests/{uuid4()}.json" for _ in range(5)]
    uploads.put("uploads/a é.bin")
    targets = {
        "uploads.processor": Target(uploads.module, _events(uploads.bucket, ["uploads/a é.bin"])),
        "requests.complete": Target(pipeline.complete, _events(pipeline.bucket, keys)),
    }
    for name, contents in CONTENTS.items():
        generated_files = st.tuples(st.sampled_from(FILE_NAMES[name]), contents)
        missing = [f"gone/{file_name}" for file_name in FILE_NAMES[name]]
        examples = st.tuples(st.none() | generated_files, _events(files.bucket, missing))
        targets[f"files.{name}"] = Target(files.entries[name], examples, _store_file(files))
    return targets


def _store_file(files: Files) -> Callable[[Any], Any]:
    """Return a function that stores the generated file and adds its record before the generated ones."""

    def prepare(example: tuple[tuple[str, bytes] | None, Any]) -> Any:  # noqa: ANN401 - any JSON
        file, event = example
        if file is None:
            return event
        record = files.put(*file)
        records = event.get("Records") if isinstance(event, dict) else None
        return {"Records": [record, *(records if isinstance(records, list) else [])]}

    return prepare


def _events(bucket: str, keys: list[str]) -> Events:
    """Generate valid S3 events, almost valid ones, and any JSON."""
    valid_keys = st.sampled_from(keys).map(quote_plus)

    def record(key: Events, name: Events, sequencer: Events, time: Events, version: Events) -> Events:
        s3_object = st.fixed_dictionaries(
            {"key": key, "sequencer": sequencer}, optional={"versionId": version}
        )
        s3 = st.fixed_dictionaries({"bucket": st.fixed_dictionaries({"name": name}), "object": s3_object})
        return st.fixed_dictionaries({"eventTime": time, "s3": s3}, optional={"more": anything})

    valid = record(valid_keys, st.just(bucket), sequencers, st.just(TIME), st.none())
    almost_valid = record(
        valid_keys | texts | texts.map(lambda key: quote_plus(key, errors="surrogatepass")),
        st.just(bucket) | texts,
        sequencers | texts | anything,
        st.just(TIME) | texts | anything,
        st.none() | texts | anything,
    )
    records = st.lists(valid, max_size=3) | st.lists(valid | almost_valid | anything, max_size=3)
    return (
        st.fixed_dictionaries({"Records": records}, optional={"more": anything})
        | st.just({"Event": "s3:TestEvent"})
        | anything
        | st.fixed_dictionaries({"Records": anything})
    )
