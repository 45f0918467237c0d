"""Calls the APIs of a loaded stack over HTTPS with valid, generated and malicious input."""

import json
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, given
from hypothesis import strategies as st
from requests import PreparedRequest
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assurance.loaded_stack import REQUEST_TIMEOUT_SECONDS, LoadedStack
from assurance.proof import malicious_inputs
from assurance.proof.figures import ProofError
from assurance.proof.secrecy import Secrecy
from assurance.proof.tally import Tally, generated

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
URLS = {"tasks": "api-gateway-url", "files": "files-api-url", "requests": "requests-api-url"}
"""By the tag of an API in the document: the output with its URL."""
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
"""Checks that a response is one of those that the document has for its operation."""
JSON = {"Content-Type": "application/json"}
METHODS = ("post", "put", "get", "head", "delete")
"""The order of operations, so that each finds the data that it needs."""
VALID_BODIES = {
    "createTask": {"title": "t"},
    "replaceTask": {"title": "t"},
    "replaceNamedTask": {"title": "t"},
    "createFile": {"name": "a.csv", "content_type": "text/csv"},
    "submitRequest": {"order": "1"},
}
"""By operation: a body that is accepted, without the `id` that some bodies need."""
SHOWN_CHARACTERS = 200
"""Characters of a request's values that a failure shows."""
POLL_SECONDS = 0.05
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Sign = Callable[[PreparedRequest], PreparedRequest]


class Calls:
    """Calls every operation of the OpenAPI document and checks the responses.

    In half of the generated cases, ids are replaced by those of existing tasks and files, so that the code
    behind an id is reached too.

    Attributes:
        operations: Operations of the document, those that create data first.
    """

    def __init__(self, stack: LoadedStack, tally: Tally, secrecy: Secrecy) -> None:
        self._stack, self._tally, self._secrecy = stack, tally, secrecy
        document: Any = from_dict(json.loads(DOCUMENT.read_text()))
        self.operations: list[Operation] = sorted(
            (result.ok() for result in document.get_all_operations()),
            key=lambda operation: METHODS.index(operation.method),
        )
        self._session = requests.Session()
        self._session.trust_env = False  # ignores proxies and certificates of this machine
        self._session.verify = str(stack.server.ca_bundle)
        self._sign = {
            "tasks": _with_key(stack, "api-key-parameter"),
            "files": _with_key(stack, "files-api-key-parameter-default"),
            "requests": _with_signature(stack),
        }
        self._ids: dict[str, list[str]] = {"tasks": [], "files": [self._process_file()], "requests": []}

    def send_valid(self, operation: Operation) -> None:
        """Call an operation with valid data, so that it succeeds at least once."""
        params = {"id": self._id(operation, 0)} if _name(operation) == "deleteNamedTask" else None
        self._call(operation, json=self._valid_body(operation) or None, params=params)

    def send_generated(self, operation: Operation, cases: int) -> None:
        """Call an operation with generated data, half of which fits the document."""
        for mode in GenerationMode:

            @generated(cases // 2)
            @given(operation.as_strategy(generation_mode=mode), st.integers(0, 999))
            def call(case: Case[Operation], choice: int) -> None:
                assume("\0" not in "".join(map(str, case.headers.values())))  # no HTTP server accepts it
                if choice % 2:
                    self._use_existing_id(case, choice // 2)
                self._send(case.operation, **case.as_transport_kwargs(base_url=self._url(case.operation)))

            call()

    def send_corpus(self, operation: Operation) -> None:
        """Call an operation with every malicious input."""
        for request in self._corpus(operation):
            self._call(operation, **request)

    def _call(self, operation: Operation, *, path: str | None = None, **request: Any) -> None:  # noqa: ANN401 - of requests
        """Send a request to an operation's path, or to `path` instead."""
        concrete_path = (path or operation.path).replace("{id}", self._id(operation, 0))
        self._send(operation, method=operation.method, url=self._url(operation) + concrete_path, **request)

    def _corpus(self, operation: Operation) -> Iterator[dict[str, Any]]:
        """Yield requests with one malicious part each; the other parts are valid."""
        body = self._valid_body(operation)
        for text in malicious_inputs.TEXTS if "{id}" in operation.path else ():
            if text not in {"", ".", ".."}:  # these lead to another path
                yield {"path": operation.path.replace("{id}", quote(text, safe="")), "json": body or None}
        locations = {
            parameter["name"]: parameter["in"] for parameter in operation.definition.raw["parameters"]
        }
        for name in (*locations, "unknown"):
            if locations.get(name, "query") == "query":
                for text in (*malicious_inputs.TEXTS, *malicious_inputs.CURSORS):
                    yield {"params": {name: text}, "json": body or None}
        for name, values in malicious_inputs.HEADERS.items():
            yield from ({"headers": {name: value}, "json": body or None} for value in values)
        yield from ({"headers": JSON, "data": content} for content in malicious_inputs.BODIES)
        for field in malicious_inputs.FIELDS if body else ():
            yield from ({"json": {**body, field: text}} for text in malicious_inputs.TEXTS)

    def _send(self, operation: Operation, **request: Any) -> None:  # noqa: ANN401 - of requests
        """Send a request and check its response."""
        request["cookies"] = None
        response = self._session.request(
            **request, auth=self._sign[_tag(operation)], timeout=REQUEST_TIMEOUT_SECONDS
        )
        status = response.status_code
        self._tally.add(f"API of {_tag(operation)}", operation.label, f"{status // 100}xx")
        problems = self._secrecy.leaks_in_response(str(response.headers), response.text)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            problems.append("a server error")
        try:
            operation.Case(path_parameters={"id": ""}).validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            problems += [
                f"{failure.title}: {failure.message[:SHOWN_CHARACTERS]}" for failure in group.exceptions
            ]
        if problems:
            sent = {name: str(value)[:SHOWN_CHARACTERS] for name, value in request.items() if value}
            self._tally.failures.append(f"{problems} in {status} {response.text[:300]} to {sent}")
        self._track_ids(operation, response)

    def _track_ids(self, operation: Operation, response: requests.Response) -> None:
        """Add the ids of created tasks, and remove those of deleted tasks."""
        if _name(operation) == "createTask" and response.status_code == HTTPStatus.CREATED:
            self._ids["tasks"].append(response.json()["id"])
        elif response.status_code == HTTPStatus.NO_CONTENT:
            url = str(response.request.url)
            self._ids["tasks"] = [task_id for task_id in self._ids["tasks"] if task_id not in url]

    def _use_existing_id(self, case: Case[Operation], choice: int) -> None:
        """Replace the ids of a case by an existing one."""
        identifier = self._id(case.operation, choice)
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict) and "id" in part:
                part["id"] = identifier

    def _id(self, operation: Operation, choice: int) -> str:
        ids = self._ids[_tag(operation)]
        return ids[choice % len(ids)] if ids else malicious_inputs.UUID

    def _valid_body(self, operation: Operation) -> dict[str, str]:
        """Return a body that is accepted; empty if the operation has none."""
        body = VALID_BODIES.get(_name(operation), {})
        return {**body, "id": self._id(operation, 0)} if _name(operation) == "replaceNamedTask" else body

    def _url(self, operation: Operation) -> str:
        return str(self._stack.loaded.outputs[URLS[_tag(operation)]])

    def _process_file(self) -> str:
        """Upload a file, wait until it is processed, and return its id.

        Raises:
            ProofError: It is not processed in time.
        """
        url, sign = self._stack.loaded.outputs[URLS["files"]], self._sign["files"]
        created = self._session.post(f"{url}/files", json=VALID_BODIES["createFile"], auth=sign).json()
        form, file = created["upload"], {"file": ("a.csv", b"a\n1\n")}
        self._session.post(form["url"], data=form["fields"], files=file).raise_for_status()
        deadline = time.monotonic() + REQUEST_TIMEOUT_SECONDS
        while not self._session.get(f"{url}/files/{created['id']}/metadata", auth=sign).json()["finished_at"]:
            if time.monotonic() > deadline:
                raise ProofError(
                    f"malformed input: a file is not processed in {REQUEST_TIMEOUT_SECONDS:.0f} s"
                )
            time.sleep(POLL_SECONDS)
        return str(created["id"])


def _with_key(stack: LoadedStack, output: str) -> Sign:
    key = stack.secret_parameter(output)

    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["x-api-key"] = key
        return request

    return sign


def _with_signature(stack: LoadedStack) -> Sign:
    api = stack.resource("aws_api_gateway_rest_api", "requests-api")["execution_arn"]
    caller = stack.caller(f"{api}/*/POST/")
    signer = SigV4Auth(
        Credentials(caller["AccessKeyId"], caller["SecretAccessKey"]), "execute-api", stack.loaded.region
    )

    def sign(request: PreparedRequest) -> PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        signer.add_auth(signed)
        request.headers.update(signed.headers)
        return request

    return sign


def _tag(operation: Operation) -> str:
    return str(operation.definition.raw["tags"][0])


def _name(operation: Operation) -> str:
    return str(operation.definition.raw["operationId"])
