"""Make the argument checks of the generated bindings cheap, without leaving any of them out.

Each generated function checks its arguments against the type hints of a stub, with `typeguard`. It resolves
the hints again at every call, and most of the arguments that it checks are optional ones that were not given.
"""

import functools
import sys
import typing
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

_STUB = "_typecheckingstub__"
_MOCK = "unittest.mock"


def _import_typeguard() -> Any:  # noqa: ANN401 - a module
    """Import `typeguard` without `unittest.mock`, which would import `asyncio`.

    `typeguard` accepts a mock as a value of any type, and uses nothing else of that module. No code passes
    mocks to the bindings, which could not serialize them.
    """
    if _MOCK not in sys.modules:
        stand_in = ModuleType(_MOCK)
        stand_in.Mock = type("Mock", (), {})  # type: ignore[attr-defined]
        sys.modules[_MOCK] = stand_in
        try:
            with suppress(ImportError):  # of a version that uses more of the module
                return import_module("typeguard")
        finally:
            del sys.modules[_MOCK]
    return import_module("typeguard")


typeguard = _import_typeguard()


def resolve_hints_once() -> None:
    """Resolve the type hints of each stub once, instead of at every call.

    They are resolved with `include_extras`, because no stub uses `Annotated`, and removing it takes as long
    as everything else.
    """
    resolve = typing.get_type_hints
    resolve_once = functools.cache(functools.partial(resolve, include_extras=True))

    def get_type_hints(obj: Any, *args: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - typing's own
        if getattr(obj, "__name__", "").startswith(_STUB):
            return resolve_once(obj)
        return resolve(obj, *args, **options)

    typing.get_type_hints = get_type_hints


def accept_none_once() -> None:
    """Check once, instead of at every call, that a type accepts `None`.

    `None` is a single value, so the result cannot differ between two calls. A type that refuses `None` is
    not remembered and raises `typeguard`'s error each time.
    """
    check = typeguard.check_type
    optional_types: dict[int, object] = {}  # by identity; the value keeps the type, and so its id, alive

    def check_type(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - typeguard's own
        if options.get("value", check) is not None or "expected_type" not in options:
            return check(*args, **options)
        expected_type = options["expected_type"]
        if id(expected_type) not in optional_types:
            check(*args, **options)
            optional_types[id(expected_type)] = expected_type
        return None

    typeguard.check_type = check_type
