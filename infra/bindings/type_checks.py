"""Make the argument checks of the generated bindings cheap, without leaving any of them out."""

import functools
import typing
from typing import Any

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
