"""What `main.py` does before its other imports: its process synthesizes once and ends.

* The garbage collector is off. It would look a hundred times through objects that nearly all live until the
  end of the process: a tenth of Python's work.
* Node starts, and loads the bindings, in a thread, while Python imports the settings.
"""

import gc
from contextlib import suppress
from importlib import import_module
from threading import Thread

from infra.bindings import PACKAGE


def _load_assemblies() -> None:
    with suppress(Exception):  # the same import of infra.stack raises it, with the caller's traceback
        import_module(f"{PACKAGE}._jsii")


gc.disable()
Thread(target=_load_assemblies, name="load-assemblies").start()
