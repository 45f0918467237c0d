"""The parts of ``infra.bindings`` that a synth of the stack does not show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bindings

SHIPPED = '"use strict";\nexports.a = exports.b = void 0;\n'


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """The index of a provider package with two modules, each of which says when it is loaded."""
    library = tmp_path / "node_modules/@cdktf/provider-aws/lib"
    library.mkdir(parents=True)
    for name in "ab":
        (library / name).mkdir()
        (library / name / "index.js").write_text(f'console.log("loaded {name}"); exports.name = "{name}";')
    return library / "index.js"


def _node(index: Path) -> list[str]:
    script = f"const index = require({str(index)!r}); console.log('index'); console.log(index.b.name)"
    run = subprocess.run(
        [str(bindings.NODE), "--require", str(bindings.ON_DEMAND), "--eval", script],
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [('require("./', '")'), ('require("./', '/index")'), ('__importStar(require("./', '/index"))')],
    ids=["cdktf", "cdktn", "cdktn 25"],
)
def test_modules_load_on_first_use(index: Path, prefix: str, suffix: str) -> None:
    """As the bindings of cdktf, and of its fork before and since version 25, have it."""
    lines = "".join(f"exports.{name} = {prefix}{name}{suffix};\n" for name in "ab")
    index.write_text(SHIPPED + lines)
    assert _node(index) == ["index", "loaded b", "b"]


@pytest.mark.parametrize(
    "source",
    [
        'exports.a = require("./a");\nconst other = require("./b"); exports.b = other;\n',
        'for (const name of ["a", "b"]) exports[name] = require("./" + name);\n',
    ],
)
def test_an_index_of_another_layout_is_run_as_it_stands(index: Path, source: str) -> None:
    index.write_text(source)
    assert _node(index) == ["loaded a", "loaded b", "index", "b"]


def _import(statements: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", statements],
        cwd=bindings.ON_DEMAND.parents[2],
        env={"PATH": os.environ["PATH"], "HOME": str(Path.home()), **variables},
        capture_output=True,
        text=True,
        check=True,
    )


def test_nothing_is_done_once_jsii_has_started() -> None:
    run = _import(
        "import sys, os; sys.modules['jsii'] = sys; import infra; print('NODE_OPTIONS' in os.environ)"
    )
    assert run.stdout == "False\n"


def test_options_and_node_of_the_user_are_kept() -> None:
    run = _import(
        "import os, infra; print(os.environ['NODE_OPTIONS'].split()[0], os.environ['JSII_NODE'])",
        NODE_OPTIONS="--no-warnings",
        JSII_NODE="/opt/node",
    )
    assert run.stdout == "--no-warnings /opt/node\n"


def test_the_first_run_says_what_takes_long(tmp_path: Path) -> None:
    assert "unpacking the AWS provider" in _import("import infra", HOME=str(tmp_path)).stderr
    (tmp_path / "@cdktf/provider-aws").mkdir(parents=True)
    assert _import("import infra", JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(tmp_path)).stderr == ""
