"""What is saved in a project runs in the functions of an embedded AWS of its own."""

import io
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError
from rich.console import Console

from infra import packaging
from infra.packaging import handlers_zip
from sandbox.development.reload import reload_on_save
from sandbox.errors import ServerError
from sandbox.server.process import Server, start
from tests.integration.lambda_functions import make_function, zipped
from tests.waiting import eventually

ENTRIES = ("tasks.get", "tasks.put", "records.reader")
ENDED = "ended  the embedded AWS has ended: `make up` starts it\n"
HANDLER = (
    "from handlers.common import shared\n\ndef handler(event, context):\n    return shared.VALUE + {!r}\n"
)


@dataclass(frozen=True)
class Project:
    """A project, and the functions that run its handlers while it is watched."""

    root: Path
    server: Server
    out: io.StringIO

    def save(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def answers(self) -> dict[str, str]:
        """What each function answers, or the type of its error."""
        client = self.server.client("lambda")
        found = {
            entry: json.load(client.invoke(FunctionName=entry.replace(".", "-"))["Payload"])
            for entry in ENTRIES
        }
        return {
            entry: answer["errorType"] if isinstance(answer, dict) else answer
            for entry, answer in found.items()
        }

    def lines(self) -> list[str]:
        """What was printed since the head, without times of the day."""
        return [line.partition("  ")[2] for line in self.out.getvalue().splitlines()[1:]]

    def more_than(self, lines: int) -> None:
        """Wait until so many and another line are there."""
        eventually(lambda: len(self.lines()) > lines)

    def line(self, start: str) -> str:
        """The line that begins so, once it is there."""
        return eventually(lambda: next((line for line in self.lines() if line.startswith(start)), None))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """Its functions are this module's alone: what is watched goes into all that run."""
    server = start(tmp_path / "aws")
    yield server
    server.stop()


@pytest.fixture
def root(own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose functions run."""
    root = tmp_path / "project"
    files = {f"handlers/{entry.replace('.', '/')}.py": HANDLER.format(entry) for entry in ENTRIES}
    files |= {"handlers/__init__.py": "", "handlers/common/shared.py": "VALUE = ''\n", "infra/stack.py": ""}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(packaging, "ROOT", root)
    for entry in ENTRIES:
        code = handlers_zip(entry.partition(".")[0], tmp_path).path.read_bytes()
        make_function(own_server, entry.replace(".", "-"), f"handlers.{entry}.handler", code)
    make_function(own_server, "other", "index.handler", zipped({"index.py": ""}))  # of another project
    return root


@pytest.fixture
def project(own_server: Server, root: Path) -> Iterator[Project]:
    with watching(own_server, root) as project:
        yield project


@contextmanager
def watching(server: Server, root: Path) -> Iterator[Project]:
    """Watch until the server is stopped, here; at last it says so."""
    out = io.StringIO()

    def run() -> None:
        try:
            reload_on_save(server, "us-east-1", Console(file=out))
        except ServerError as error:
            out.write(f"ended  {error}\n")
        except BotoCoreError:  # a call was under way when the server was stopped
            out.write(ENDED)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        eventually(out.getvalue)
        yield Project(root, server, out)
    finally:
        server.stop()
        thread.join(20)
    assert out.getvalue().endswith(ENDED)


def test_a_save_reaches_the_functions_that_carry_the_file(project: Project) -> None:
    assert project.answers() == {entry: entry for entry in ENTRIES}
    project.save("handlers/tasks/get.py", HANDLER.format("new"))
    assert project.line("handlers/tasks/get.py: tasks (get put) in ").endswith(" ms")
    assert project.answers() == {
        "tasks.get": "new",
        "tasks.put": "tasks.put",
        "records.reader": "records.reader",
    }

    project.save("handlers/common/shared.py", "VALUE = '+'\n")
    project.line("handlers/common/shared.py: records (reader), tasks (get put) in ")
    assert project.answers() == {
        "tasks.get": "+new",
        "tasks.put": "+tasks.put",
        "records.reader": "+records.reader",
    }
    assert len(project.lines()) == 2


def test_a_save_that_changes_nothing_updates_nothing(project: Project) -> None:
    before = project.server.client("lambda").get_function_configuration(FunctionName="tasks-get")[
        "RevisionId"
    ]
    os.utime(project.root / "handlers/tasks/get.py")
    project.save("handlers/tasks/put.py", HANDLER.format("tasks.put"))
    (project.root / "handlers/records/.#reader.py").symlink_to("nowhere")  # as Emacs does
    project.save("handlers/records/reader.py", HANDLER.format("new"))
    project.line("handlers/records/reader.py")
    assert len(project.lines()) == 1
    found = project.server.client("lambda").get_function_configuration(FunctionName="tasks-get")
    assert found["RevisionId"] == before


def test_files_that_are_saved_at_once_are_one_update(project: Project) -> None:
    for entry in ENTRIES:  # as editors save: written beside it, and put in its place
        target = project.root / f"handlers/{entry.replace('.', '/')}.py"
        beside = target.with_suffix(".py.tmp")
        beside.write_text(HANDLER.format("new"))
        beside.replace(target)
    assert "records/reader.py and 2 more: " in project.line("handlers/")
    assert set(project.answers().values()) == {"new"}
    assert len(project.lines()) == 1


def test_the_last_of_quick_saves_runs(project: Project) -> None:
    for number in range(20):
        noticed = len(project.lines())
        project.save("handlers/tasks/get.py", HANDLER.format(f"new {number}"))
        if number % 5 == 4:  # the next comes as soon as this one is noticed
            project.more_than(noticed)
    eventually(lambda: project.answers()["tasks.get"] == "new 19")


def test_code_that_is_no_python_leaves_what_runs(project: Project) -> None:
    project.save("handlers/tasks/get.py", "x = 1\ndef handler(:\n")
    assert project.line("handlers/tasks/get.py:2: ").endswith("; the old code runs on")
    assert project.answers() == {entry: entry for entry in ENTRIES}
    project.save("handlers/common/shared.py", "VALUE = '+'\n")
    project.line("handlers/common/shared.py: records (reader) in ")  # tasks still have no code
    project.save("handlers/tasks/get.py", HANDLER.format("right"))
    project.line("handlers/tasks/get.py: tasks (get put) in ")
    assert project.answers()["tasks.get"] == "+right"


def test_files_that_go(project: Project) -> None:
    (project.root / "handlers/tasks/get.py").rename(project.root / "handlers/tasks/got.py")
    project.line("handlers/tasks/get.py and 1 more: tasks (get put) in ")
    assert project.answers()["tasks.get"] != "tasks.get"
    shutil.move(project.root / "handlers/tasks", project.root / "handlers/moved")
    assert project.line("handlers/tasks is not a directory").endswith("; the old code runs on")
    assert project.answers()["tasks.put"] == "tasks.put"


def test_what_is_not_reloaded_is_said(project: Project) -> None:
    project.save("infra/stack.py", "x = 1\n")
    project.save("infra/notes.txt", "")
    project.line("infra/stack.py: not reloaded, `make up` loads it")
    assert len(project.lines()) == 1


def test_what_was_saved_before_comes_first(own_server: Server, root: Path) -> None:
    (root / "handlers/tasks/get.py").write_text(HANDLER.format("new"))
    with watching(own_server, root) as project:
        project.line("what was saved before: tasks (get put) in ")
        assert project.answers()["tasks.get"] == "new"
        assert len(project.lines()) == 1


def test_what_cannot_be_watched_is_an_error(own_server: Server, root: Path) -> None:
    shutil.rmtree(root / "infra")
    with pytest.raises(ServerError, match="handlers/ and infra/ cannot be watched: "):
        reload_on_save(own_server, "us-east-1", Console(file=io.StringIO()))
