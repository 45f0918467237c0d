"""The handlers of events, invoked in-process on the embedded AWS with whatever comes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.proof import hostile
from assurance.proof.secrecy import TRACES
from assurance.proof.tally import Tally, generated
from handlers.common import clients
from handlers.common.s3_events import EventError
from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import capture_log, import_entry_point
from tests.integration.file_pipeline import Files, make_files
from tests.integration.request_pipeline import make_pipeline
from tests.integration.upload_processor import PASSWORD, make_uploads
from tests.unit.handlers.strategies import anything, text

Events = st.SearchStrategy[Any]
Prepare = Callable[[Any], Any]
"""Makes the event of what was generated, and puts there what it is about."""

TIME = "2026-01-01T00:00:00.000Z"
texts = text | st.sampled_from(hostile.TEXTS)
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
        st.binary(max_size=200) | texts.map(lambda each: each.encode(errors="surrogatepass")),
    ).map(b"".join),
    "data": anything.map(lambda each: json.dumps(each).encode())
    | st.sampled_from(hostile.BODIES)
    | st.binary(max_size=200)
    | st.text('a,;\n\r"1', max_size=80).map(str.encode),
}
"""Contents of files, by the handler that reads them."""
NAMES = {"image": ("a.png", "A.JPG"), "document": ("a.pdf", "A.TXT"), "data": ("a.csv", "A.JSON")}


class Deliveries:
    """The handlers, each imported as Lambda would, with buckets and tables of their own.

    Attributes:
        names: Of the handlers.
    """

    def __init__(self, server: Server, patch: pytest.MonkeyPatch, tally: Tally) -> None:
        self._tally = tally
        self._targets = {**_records(server, patch), **_s3(server, patch)}
        self.names = list(self._targets)

    def generate(self, name: str, cases: int) -> None:
        """Invoke a handler."""
        module, events, prepare = self._targets[name]
        log = capture_log(module)

        @generated(cases)
        @given(events)
        def invoke(event: Any) -> None:  # noqa: ANN401 - whatever
            log.seek(0)
            log.truncate()
            sent = prepare(event)
            kind, said = _outcome(module, sent)
            found = [each for each in (PASSWORD, *TRACES) if each in log.getvalue()]
            if kind == "5xx" or found:
                self._tally.wrong.append(f"{name}: {said} {found} of {sent!r:.500}: {log.getvalue()[:2000]}")
            self._tally.add(name, "handler", "5xx" if found else kind)

        invoke()


def _outcome(module: ModuleType, event: object) -> tuple[str, str]:
    """What came of an invocation: as the status of an answer, and in words."""
    try:
        answer = module.handler(event, FakeContext(300_000))
    except EventError as error:
        return "4xx", str(error)
    except Exception as error:  # noqa: BLE001 - what no handler should let through
        return "5xx", repr(error)
    status = answer.get("statusCode", 200) if isinstance(answer, dict) else 200
    return f"{status // 100}xx", json.dumps(answer)


def _records(server: Server, patch: pytest.MonkeyPatch) -> dict[str, tuple[ModuleType, Events, Prepare]]:
    table = f"records-{uuid4()}"
    server.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    variables = {"DYNAMODB_TABLE_NAME": table, "LOG_LEVEL": "INFO"}
    identifiers = texts | anything | st.integers(0, 3000).map(lambda size: "é" * size)
    events = anything | st.fixed_dictionaries({"id": identifiers}, optional={"more": anything})
    return {
        f"records.{name}": (
            import_entry_point(patch, server, f"handlers.records.{name}", "records", variables),
            events,
            lambda event: event,
        )
        for name in ("writer", "reader")
    }


def _s3(server: Server, patch: pytest.MonkeyPatch) -> dict[str, tuple[ModuleType, Events, Prepare]]:
    uploads, files = make_uploads(server, patch), make_files(server, patch)
    pipeline = make_pipeline(server, patch, "STANDARD")
    keys = [f"requests/{uuid4()}.json" for _ in range(5)]
    uploads.put("uploads/a é.bin")
    found = {
        "uploads.processor": (
            uploads.module,
            _events(uploads.bucket, ["uploads/a é.bin"]),
            lambda event: event,
        ),
        "requests.complete": (pipeline.complete, _events(pipeline.bucket, keys), lambda event: event),
    }
    for name, contents in CONTENTS.items():
        generated_files = st.tuples(st.sampled_from(NAMES[name]), contents)
        events = st.tuples(
            st.none() | generated_files, _events(files.bucket, [f"gone/{each}" for each in NAMES[name]])
        )
        found[f"files.{name}"] = (files.entries[name], events, _put_first(files))
    return found


def _put_first(files: Files) -> Prepare:
    """Puts the file that was generated, and sends its record before those that were generated."""

    def prepare(generated_: tuple[tuple[str, bytes] | None, Any]) -> Any:  # noqa: ANN401 - whatever
        file, event = generated_
        if file is None:
            return event
        record = files.put(*file)
        records = event.get("Records") if isinstance(event, dict) else None
        return {"Records": [record, *(records if isinstance(records, list) else [])]}

    return prepare


def _events(bucket: str, keys: list[str]) -> Events:
    """Events of S3 that are right, nearly right, and nothing of the kind."""
    right = st.sampled_from(keys).map(quote_plus)

    def record(key: Events, name: Events, sequencer: Events, time: Events, version: Events) -> Events:
        about = st.fixed_dictionaries({"key": key, "sequencer": sequencer}, optional={"versionId": version})
        s3 = st.fixed_dictionaries({"bucket": st.fixed_dictionaries({"name": name}), "object": about})
        return st.fixed_dictionaries({"eventTime": time, "s3": s3}, optional={"more": anything})

    good = record(right, st.just(bucket), sequencers, st.just(TIME), st.none())
    near = record(
        right | texts | texts.map(lambda each: quote_plus(each, errors="surrogatepass")),
        st.just(bucket) | texts,
        sequencers | texts | anything,
        st.just(TIME) | texts | anything,
        st.none() | texts | anything,
    )
    records = st.lists(good, max_size=3) | st.lists(good | near | anything, max_size=3)
    return (
        st.fixed_dictionaries({"Records": records}, optional={"more": anything})
        | st.just({"Event": "s3:TestEvent"})
        | anything
        | st.fixed_dictionaries({"Records": anything})
    )


@contextmanager
def deliveries(server: Server, tally: Tally) -> Iterator[Deliveries]:
    """In an environment of their own, and with clients that nothing before them has made."""
    with pytest.MonkeyPatch.context() as patch:
        for cached in (clients._client, clients._session):
            cached.cache_clear()
        yield Deliveries(server, patch, tally)
        for cached in (clients._client, clients._session):
            cached.cache_clear()
