import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.server import lock
from sandbox.server.process import Server, find
from tests.processes import is_alive

LOOKERS = 8
ROUNDS = 100


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A directory whose lock this process holds."""
    descriptor = lock.acquire(tmp_path)
    assert descriptor is not None
    yield tmp_path
    os.close(descriptor)


@pytest.fixture
def bystander() -> "Iterator[subprocess.Popen[bytes]]":
    """A process that leads a group and is no server."""
    with subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) as child:
        yield child
        child.kill()


def test_lock_has_one_holder(held: Path) -> None:
    assert lock.is_held(held)
    assert lock.acquire(held) is None


def test_directory_without_lock_is_left_as_it_is(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path)
    assert not lock.is_held(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_lookers_are_not_taken_for_a_holder(tmp_path: Path) -> None:
    (tmp_path / lock.FILE).touch()
    with (tmp_path / lock.FILE).open() as looker:
        fcntl.flock(looker, fcntl.LOCK_SH)
        assert not lock.is_held(tmp_path)
    with ThreadPoolExecutor(LOOKERS) as threads:
        assert not any(threads.map(lock.is_held, [tmp_path] * LOOKERS * ROUNDS))


def test_lock_is_acquired_when_the_lookers_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / lock.FILE).touch()
    with (tmp_path / lock.FILE).open() as looker:
        fcntl.flock(looker, fcntl.LOCK_SH)
        monkeypatch.setattr(time, "sleep", lambda _: looker.close())  # while the acquirer waits
        descriptor = lock.acquire(tmp_path)
    assert descriptor is not None
    os.close(descriptor)


def test_state_whose_pid_belongs_to_another_process_now_is_ignored(
    held: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    """A server of another process starts: it holds the lock, and has not written its state."""
    server = Server("https://127.0.0.1:1", 1, bystander.pid, "another time", {}, held)
    state = {name: value for name, value in vars(server).items() if name != "directory"}
    (held / "server.json").write_text(json.dumps(state))
    assert find(held) is None
    server.stop()
    assert is_alive(bystander.pid)
    assert (held / "server.json").exists()  # that of the holder


def test_state_that_another_version_of_the_project_has_left_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(json.dumps({"url": "https://127.0.0.1:1", "port": 1, "pid": 1}))
    assert find(tmp_path) is None


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="needs ps, as systems without /proc have")
@pytest.mark.parametrize("system", ["proc", "ps"])
def test_start_time_identifies_a_process_until_it_ends(
    bystander: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(lock, "PROC", Path("/", system))
    started = lock.start_time(bystander.pid)
    assert started
    assert started == lock.start_time(bystander.pid)
    bystander.kill()
    bystander.wait()
    assert lock.start_time(bystander.pid) is None
