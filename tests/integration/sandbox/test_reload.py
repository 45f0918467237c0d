"""Saved files of a project, in the functions of its own embedded AWS."""

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

ENTRY_POINTS = ("tasks.get", "tasks.put", "records.reader")
ENDED = "ended  the embedded AWS has ended: `make up` starts it\n"
HANDLER = (
    "from handlers.common import shared\n\ndef handler(event, context):\n    return shared.VALUE + {!r}\n"
)


@dataclass(frozen=True)
class Project:
    """A project whose functions are updated while it is watched."""

    root: Path
    server: Server
    out: io.StringIO

    def save(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def results(self) -> dict[str, str]:
        """Return the result of every function, or the type of its error."""
        client = self.server.client("lambda")
        results = {
            entry: json.load(client.invoke(FunctionName=entry.replace(".", "-"))["Payload"])
            for entry in ENTRY_POINTS
        }
        return {
            entry: result["errorType"] if isinstance(result, dict) else result
            for entry, result in results.items()
        }

    def lines(self) -> list[str]:
        """Return what was printed after the introduction, without the times."""
        return [line.partition("  ")[2] for line in self.out.getvalue().splitlines()[1:]]

    def wait_for_more_than(self, lines: int) -> None:
        """Wait until more than so many lines are printed."""
        eventually(lambda: len(self.lines()) > lines)

    def line(self, start: str) -> str:
        """Return the line that begins with `start`, once it is printed."""
        return eventually(lambda: next((line for line in self.lines() if line.startswith(start)), None))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for this test alone, because a reload updates every function in it."""
    server = start(tmp_path / "aws")
    yield server
    server.stop()


@pytest.fixture
def root(own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a project whose functions run."""
    root = tmp_path / "project"
    files = {f"handlers/{entry.replace('.', '/')}.py": HANDLER.format(entry) for entry in ENTRY_POINTS}
    files |= {"handlers/__init__.py": "", "handlers/common/shared.py": "VALUE = ''\n", "infra/stack.py": ""}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(packaging, "ROOT", root)
    for entry in ENTRY_POINTS:
        code = handlers_zip(entry.partition(".")[0], tmp_path).path.read_bytes()
        make_function(own_server, entry.replace(".", "-"), f"handlers.{entry}.handler", code)
    # Its code is not under handlers/.
    make_function(own_server, "other", "index.handler", zipped({"index.py": ""}))
    return root


@pytest.fixture
def project(own_server: Server, root: Path) -> Iterator[Project]:
    with watching(own_server, root) as project:
        yield project


@contextmanager
def watching(server: Server, root: Path) -> Iterator[Project]:
    """Watch a project, until the server is stopped at the end."""
    out = io.StringIO()

    def run() -> None:
        try:
            reload_on_save(server, "us-east-1", Console(file=out))
        except ServerError as error:
            out.write(f"ended  {error}\n")
        except BotoCoreError:  # the server was stopped during a call
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


def test_save_updates_the_functions_that_contain_the_file(project: Project) -> None:
    assert project.results() == {entry: entry for entry in ENTRY_POINTS}
    project.save("handlers/tasks/get.py", HANDLER.format("new"))
    assert project.line("handlers/tasks/get.py: updated tasks (get put) in ").endswith(" ms")
    assert project.results() == {
        "tasks.get": "new",
        "tasks.put": "tasks.put",
        "records.reader": "records.reader",
    }

    project.save("handlers/common/shared.py", "VALUE = '+'\n")
    project.line("handlers/common/shared.py: updated records (reader), tasks (get put) in ")
    assert project.results() == {
        "tasks.get": "+new",
        "tasks.put": "+tasks.put",
        "records.reader": "+records.reader",
    }
    assert len(project.lines()) == 2


def test_save_without_changes_updates_nothing(project: Project) -> None:
    before = project.server.client("lambda").get_function_configuration(FunctionName="tasks-get")[
        "RevisionId"
    ]
    os.utime(project.root / "handlers/tasks/get.py")
    project.save("handlers/tasks/put.py", HANDLER.format("tasks.put"))
    (project.root / "handlers/records/.#reader.py").symlink_to("nowhere")  # as Emacs does
    project.save("handlers/records/reader.py", HANDLER.format("new"))
    project.line("handlers/records/reader.py")
    assert len(project.lines()) == 1
    after = project.server.client("lambda").get_function_configuration(FunctionName="tasks-get")
    assert after["RevisionId"] == before


def test_files_saved_together_are_one_update(project: Project) -> None:
    for entry in ENTRY_POINTS:  # as editors save: a temporary file replaces the target
        target = project.root / f"handlers/{entry.replace('.', '/')}.py"
        temporary = target.with_suffix(".py.tmp")
        temporary.write_text(HANDLER.format("new"))
        temporary.replace(target)
    assert "records/reader.py and 2 more: " in project.line("handlers/")
    assert set(project.results().values()) == {"new"}
    assert len(project.lines()) == 1


def test_last_of_several_quick_saves_runs(project: Project) -> None:
    for number in range(20):
        printed = len(project.lines())
        project.save("handlers/tasks/get.py", HANDLER.format(f"new {number}"))
        if number % 5 == 4:  # save again as soon as this one is reported
            project.wait_for_more_than(printed)
    eventually(lambda: project.results()["tasks.get"] == "new 19")


def test_syntax_error_leaves_the_running_code(project: Project) -> None:
    project.save("handlers/tasks/get.py", "x = 1\ndef handler(:\n")
    assert project.line("handlers/tasks/get.py:2: ").endswith("; the functions keep their old code")
    assert project.results() == {entry: entry for entry in ENTRY_POINTS}
    project.save("handlers/common/shared.py", "VALUE = '+'\n")
    project.line("handlers/common/shared.py: updated records (reader) in ")  # tasks still contain the error
    project.save("handlers/tasks/get.py", HANDLER.format("right"))
    project.line("handlers/tasks/get.py: updated tasks (get put) in ")
    assert project.results()["tasks.get"] == "+right"


def test_renamed_and_removed_files_are_reloaded(project: Project) -> None:
    (project.root / "handlers/tasks/get.py").rename(project.root / "handlers/tasks/got.py")
    project.line("handlers/tasks/get.py and 1 more: updated tasks (get put) in ")
    assert project.results()["tasks.get"] != "tasks.get"
    shutil.move(project.root / "handlers/tasks", project.root / "handlers/moved")
    error = project.line("The workload 'tasks' has no handlers: handlers/tasks is not a directory")
    assert error.endswith("; the functions keep their old code")
    assert project.results()["tasks.put"] == "tasks.put"


def test_saves_that_are_not_reloaded_are_reported(project: Project) -> None:
    project.save("infra/stack.py", "x = 1\n")
    project.save("infra/notes.txt", "")
    project.line("infra/stack.py: not reloaded; `make up` loads it")
    assert len(project.lines()) == 1


def test_files_saved_before_the_watch_are_reloaded_first(own_server: Server, root: Path) -> None:
    (root / "handlers/tasks/get.py").write_text(HANDLER.format("new"))
    with watching(own_server, root) as project:
        project.line("files saved earlier: updated tasks (get put) in ")
        assert project.results()["tasks.get"] == "new"
        assert len(project.lines()) == 1


def test_error_when_directories_cannot_be_watched(own_server: Server, root: Path) -> None:
    shutil.rmtree(root / "infra")
    with pytest.raises(ServerError, match="handlers/ and infra/ cannot be watched: "):
        reload_on_save(own_server, "us-east-1", Console(file=io.StringIO()))
