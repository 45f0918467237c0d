"""Make the argument checks of the generated bindings cheap, without leaving any of them out.

Each generated function checks its arguments against the type hints of a stub, with `typeguard`. It resolves
the hints again at every call, and most of the arguments that it checks are optional ones that were not given.
"""

import functools
import typing
from typing import Any

import typeguard

_STUB = "_typecheckingstub__"


def resolve_hints_once() -> None:
    """Resolve the type hints of each stub once, instead of at every call."""
    resolve = typing.get_type_hints
    resolve_once = functools.cache(resolve)

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
