"""`infra.startup` affects the whole process, so every test runs it in one of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def _run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_assemblies_are_loaded_without_being_imported() -> None:
    run = _run(
        "-c",
        "import infra.startup, gc, jsii, threading\n"
        "for thread in threading.enumerate()[1:]: thread.name == 'load-assemblies' and thread.join()\n"
        "print(gc.isenabled(), *jsii._reference_map._assembly_to_module)",
    )
    assert run.stdout == "False constructs cdktf @cdktf/provider-aws\n"


def test_asyncio_is_imported_when_it_is_used() -> None:
    run = _run(
        "-c",
        "import infra.startup, infra.settings, infra.stack, asyncio, sys\n"
        "print('asyncio.events' in sys.modules, asyncio.run.__module__)\n"
        "import asyncio.events, asyncio\n"
        "print(asyncio.events.__name__, asyncio is sys.modules['asyncio'])",
    )
    assert run.stdout == "False asyncio.runners\nasyncio.events True\n"


def test_failure_to_start_node_is_reported_once(tmp_path: Path) -> None:
    run = _run("main.py", JSII_NODE=str(tmp_path / "missing"), CDKTF_OUTDIR=str(tmp_path))
    assert run.returncode == 1
    assert run.stderr.count("\nFileNotFoundError: ") == 1
