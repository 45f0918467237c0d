"""What `main.py` does before its other imports: its process synthesizes once and ends.

* The garbage collector is off. It would look a hundred times through objects that nearly all live until the
  end of the process: a tenth of Python's work.
* Node starts, and loads the bindings, in a thread, while Python imports the settings.
* `asyncio`, which `pydantic_settings` imports for commands that are coroutines, is imported when it is used.
* Plugins of pydantic are off. The search for them reads the metadata of all installed packages.
"""

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from threading import Thread
from types import ModuleType

from infra.bindings import PACKAGE


def _load_assemblies() -> None:
    with suppress(Exception):  # the same import of infra.stack raises it, with the caller's traceback
        import_module(f"{PACKAGE}._jsii")


class _OnFirstUse(ModuleType):
    """Stands for a module until an attribute is read."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


gc.disable()
sys.modules.setdefault("asyncio", _OnFirstUse("asyncio"))
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
Thread(target=_load_assemblies, name="load-assemblies").start()
