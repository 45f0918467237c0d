"""The parts of ``infra.bindings`` that a synth of the stack does not show."""

import base64
import json
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


def _node(hook: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(bindings.NODE), "--require", str(hook), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
    )


def _load_index(index: Path) -> list[str]:
    script = f"const index = require({str(index)!r}); console.log('index'); console.log(index.b.name)"
    return _node(bindings.ON_DEMAND, "--eval", script).stdout.splitlines()


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [('require("./', '")'), ('require("./', '/index")'), ('__importStar(require("./', '/index"))')],
    ids=["cdktf", "cdktn", "cdktn 25"],
)
def test_modules_load_on_first_use(index: Path, prefix: str, suffix: str) -> None:
    """As the bindings of cdktf, and of its fork before and since version 25, have it."""
    lines = "".join(f"exports.{name} = {prefix}{name}{suffix};\n" for name in "ab")
    index.write_text(SHIPPED + lines)
    assert _load_index(index) == ["index", "loaded b", "b"]


@pytest.mark.parametrize(
    "source",
    [
        'exports.a = require("./a");\nconst other = require("./b"); exports.b = other;\n',
        'for (const name of ["a", "b"]) exports[name] = require("./" + name);\n',
    ],
)
def test_an_index_of_another_layout_is_run_as_it_stands(index: Path, source: str) -> None:
    index.write_text(source)
    assert _load_index(index) == ["loaded a", "loaded b", "index", "b"]


RELAY = 'console.log("relay"); // resolve(__dirname,"..","lib","program.js")'
PROGRAM = """
const fs = require("node:fs"); // new SyncStdio({readFD:3,writeFD:3})
const buffer = Buffer.alloc(100);
const line = buffer.toString("utf8", 0, fs.readSync(3, buffer, 0, 100, null));
console.log("to the console");
console.error("an error");
fs.writeSync(3, `${line.trim()}, ${process.execArgv.includes("--preserve-symlinks")}`);
"""


def _write_runtime(directory: Path, entry_point: str, program: str) -> str:
    for path, source in {"bin/jsii-runtime.js": entry_point, "lib/program.js": program}.items():
        (directory / path).parent.mkdir()
        (directory / path).write_text(source)
    return str(directory / "bin/jsii-runtime.js")


def test_the_runtime_exchanges_messages_over_standard_streams(tmp_path: Path) -> None:
    run = _node(bindings.ONE_PROCESS, _write_runtime(tmp_path, RELAY, PROGRAM), stdin="hello\n")
    assert run.stdout == "hello, true"
    console = [json.loads(line) for line in run.stderr.splitlines()]
    assert console == [
        {"stdout": base64.b64encode(b"to the console\n").decode()},
        {"stderr": base64.b64encode(b"an error\n").decode()},
    ]


@pytest.mark.parametrize(
    ("entry_point", "program"),
    [
        (RELAY, PROGRAM.replace("readFD:3", "readFD:4")),
        (RELAY.replace("program.js", "main.js"), PROGRAM),
    ],
    ids=["program", "entry point"],
)
def test_a_runtime_of_another_layout_runs_unchanged(tmp_path: Path, entry_point: str, program: str) -> None:
    run = _node(bindings.ONE_PROCESS, _write_runtime(tmp_path, entry_point, program))
    assert (run.stdout, run.stderr) == ("relay\n", "")


@pytest.mark.parametrize(("name", "traces"), [("captureStackTrace", []), ("capture", ["a frame"])])
def test_tokens_capture_no_stack_of_node(tmp_path: Path, name: str, traces: list[str]) -> None:
    """An export of another name is left as it is."""
    module = tmp_path / "lib/tokens/private/stack-trace.js"
    module.parent.mkdir(parents=True)
    module.write_text(f'exports.{name} = () => ["a frame"];')
    script = f"console.log(JSON.stringify(require({str(module)!r}).{name}()))"
    assert json.loads(_node(bindings.TOKEN_TRACES, "--eval", script).stdout) == traces


@pytest.mark.parametrize(
    ("file", "package", "use"),
    [
        ("lib/private/fs.js", "archiver", "used('zip')"),
        ("lib/validations/validate-binary-version.js", "semver", "used.satisfies('zip')"),
    ],
)
def test_packages_that_cdktf_seldom_uses_load_on_first_use(
    tmp_path: Path, file: str, package: str, use: str
) -> None:
    """Other packages, and other files, load at once."""
    for name in (package, "other"):
        (tmp_path / "node_modules" / name).mkdir(parents=True)
        (tmp_path / "node_modules" / name / "index.js").write_text(
            f"console.log('loaded {name}'); exports = module.exports = (value) => value;"
            "exports.satisfies = exports;"
        )
    source = f'const used = require("{package}"); require("other"); exports.use = () => {use};'
    for path in (tmp_path / file, tmp_path / "lib/of-another-name.js"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    loaded = []
    for name in (file, "lib/of-another-name.js"):
        script = f"const {{ use }} = require({str(tmp_path / name)!r}); console.log('file', use(), use())"
        loaded.append(_node(bindings.SELDOM_USED, "--eval", script).stdout.splitlines())
    assert loaded == [
        ["loaded other", f"loaded {package}", "file zip zip"],
        [f"loaded {package}", "loaded other", "file zip zip"],
    ]


def _import(statements: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", statements],
        cwd=bindings.ON_DEMAND.parents[2],
        env={"PATH": os.environ["PATH"], "HOME": str(Path.home()), **variables},
        capture_output=True,
        text=True,
        check=True,
    )


def test_importing_cdktf_first_warns_at_the_import_of_infra() -> None:
    """Python's part still takes effect: the provider package has not run its `__init__`."""
    run = _import(
        "import cdktf\nimport infra, sys; print(hasattr(sys.modules[infra.bindings.PACKAGE], '_jsii'))",
        JSII_NODE=str(bindings.NODE),
    )
    assert run.stdout == "False\n"
    (line,) = run.stderr.splitlines()
    assert line.startswith("<string>:2: RuntimeWarning: cdktf or constructs was imported before infra")
    assert line.endswith("import infra first")


@pytest.mark.parametrize("statement", ["import jsii, infra", "import infra, cdktf"])
def test_every_import_before_node_starts_is_silent_and_effective(statement: str) -> None:
    run = _import(f"{statement}, os; print('on_demand.cjs' in os.environ['NODE_OPTIONS'])")
    assert (run.stdout, run.stderr) == ("True\n", "")


def test_options_and_node_of_the_user_are_kept() -> None:
    run = _import(
        "import os, infra; print(os.environ['NODE_OPTIONS']); print(os.environ['JSII_NODE'])",
        NODE_OPTIONS="--no-warnings",
        JSII_NODE="/opt/node",
    )
    options, node = run.stdout.splitlines()
    assert options.startswith("--no-warnings ")
    assert node == "/opt/node"
    assert str(bindings.ONE_PROCESS) not in options  # jsii's entry point warns about versions of Node


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="lists children in Linux's /proc")
@pytest.mark.parametrize(
    ("statement", "processes"), [("import infra", 1), ("", 2)], ids=["ours", "as shipped"]
)
def test_jsii_runs_in_a_single_node_process(statement: str, processes: int) -> None:
    run = _import(
        f"{statement}\n"
        "import constructs, jsii, pathlib\n"
        "node = jsii.kernel.provider._process._process.pid\n"
        "print(node, pathlib.Path(f'/proc/{node}/task/{node}/children').read_text())",
        JSII_NODE=str(bindings.NODE),
    )
    assert len(run.stdout.split()) == processes


def test_a_wrong_type_is_named() -> None:
    """As the generated code does without `infra.bindings`, and at every call."""
    run = _import(
        "import infra, cdktf\n"
        "stack = cdktf.TerraformStack(cdktf.App(), 'stack')\n"
        "for _ in range(2):\n"
        "    for value in (None, 7):\n"
        "        try: cdktf.TerraformOutput(stack, value, value='v')\n"
        "        except TypeError as error: print(error)"
    )
    none, number = (f"type of argument id must be str; got {name} instead" for name in ("NoneType", "int"))
    assert run.stdout.splitlines() == [none, number, none, number]


@pytest.mark.parametrize("first", ["", "import unittest.mock\n"], ids=["infra first", "mock first"])
def test_type_checks_import_no_mock_and_leave_it_importable(first: str) -> None:
    run = _import(
        f"{first}import infra, sys; print('asyncio' in sys.modules)\n"
        "import unittest.mock; print(unittest.mock.patch.__module__)"
    )
    assert run.stdout == f"{bool(first)}\nunittest.mock\n"


def test_the_first_run_says_what_takes_long(tmp_path: Path) -> None:
    assert "unpacking the AWS provider" in _import("import infra", HOME=str(tmp_path)).stderr
    (tmp_path / "@cdktf/provider-aws").mkdir(parents=True)
    assert _import("import infra", JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(tmp_path)).stderr == ""
