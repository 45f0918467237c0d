import json
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

from sandbox.server.process import Client, Server
from tests.integration.lambda_functions import make_function, zipped
from tests.waiting import BOUND_SECONDS, eventually

FAILS = "def handler(event, context):\n    raise RuntimeError('old')\n"
NEW = "def handler(event, context):\n    return 'new'\n"
IMPORTS = """
import importlib.util

def handler(event, context):
    return [name for name in event if importlib.util.find_spec(name)]
"""
LOCATES = """
import os, pathlib, time

def handler(event, context):
    pathlib.Path(event["started"]).touch()
    while not pathlib.Path(event["finish"]).exists():
        time.sleep(0.01)
    return [os.getpid(), os.path.realpath(__file__), os.path.realpath(__cached__)]
"""
WAITS = """
import pathlib, time

def handler(event, context):
    pathlib.Path(event["started"]).touch()
    while not pathlib.Path(event["finish"]).exists():
        time.sleep(0.01)
    return "old"
"""


class Function:
    def __init__(self, server: Server, code: str) -> None:
        self.name, self._client = f"f-{uuid4().hex[:8]}", server.client("lambda")
        make_function(server, self.name, "index.handler", zipped({"index.py": code}))

    def update(self, code: str) -> None:
        self._client.update_function_code(FunctionName=self.name, ZipFile=zipped({"index.py": code}))

    def invoke(self, event: object = None, invocation_type: str = "RequestResponse") -> Any:  # noqa: ANN401 - any JSON
        response = self._client.invoke(
            FunctionName=self.name, Payload=json.dumps(event), InvocationType=invocation_type
        )
        return json.load(response["Payload"]) if invocation_type == "RequestResponse" else None

    def log(self, logs: Client) -> str:
        group = f"/aws/lambda/{self.name}"
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return ""
        return "\n".join(event["message"] for event in logs.filter_log_events(logGroupName=group)["events"])


def test_invocation_finishes_with_the_code_that_it_began_with(server: Server, tmp_path: Path) -> None:
    function, results = Function(server, WAITS), []
    event = {"started": str(tmp_path / "started"), "finish": str(tmp_path / "finish")}
    thread = threading.Thread(target=lambda: results.append(function.invoke(event)))
    thread.start()
    eventually((tmp_path / "started").exists)
    function.update(NEW)
    assert function.invoke() == "new"
    (tmp_path / "finish").touch()
    thread.join(BOUND_SECONDS)
    assert results == ["old"]
    assert function.invoke() == "new"


def test_retry_does_not_bring_old_code_back(server: Server) -> None:
    function = Function(server, FAILS)
    function.invoke(invocation_type="Event")
    eventually(lambda: function.log(server.client("logs")).count("REPORT") == 1)
    function.update(NEW)
    eventually(lambda: function.log(server.client("logs")).count("REPORT") == 3)  # two retries
    assert [function.invoke() for _ in range(3)] == ["new"] * 3


def test_function_imports_only_what_lambda_has(server: Server) -> None:
    """cryptography, typer and pip are installed beside the embedded AWS."""
    function = Function(server, IMPORTS)
    runtime = ["boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"]
    assert function.invoke([*runtime, "json", "cryptography", "typer", "pip"]) == [*runtime, "json"]


def test_workers_share_one_copy_of_the_code(server: Server, tmp_path: Path) -> None:
    """Python compiles it once; a worker reads the files of the other, and cannot write them."""
    function, results = Function(server, LOCATES), []
    events = [{"started": str(tmp_path / name), "finish": str(tmp_path / "finish")} for name in "ab"]
    threads = [
        threading.Thread(target=lambda e=event: results.append(function.invoke(e))) for event in events
    ]
    for thread in threads:
        thread.start()
    eventually(lambda: all((tmp_path / name).exists() for name in "ab"))
    (tmp_path / "finish").touch()
    for thread in threads:
        thread.join(BOUND_SECONDS)
    assert len({process for process, *_ in results}) == 2
    assert len({(source, bytecode) for _, source, bytecode in results}) == 1
    source, bytecode = (Path(path) for path in results[0][1:])
    assert (source.stat().st_mode & 0o222, bytecode.exists()) == (0, True)
