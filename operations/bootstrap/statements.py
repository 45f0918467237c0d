"""Statements of policies that AWS returns, in a form in which they can be compared."""

from collections.abc import Mapping
from typing import Any


def statements(policy: Mapping[str, Any]) -> list[Any]:
    """Return the statements of a policy document, which may have one without a list."""
    return _as_list(policy["Statement"])


def normalized(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement without its id, with every value as a sorted list."""
    return {name: sorted(map(str, _as_list(value))) for name, value in statement.items() if name != "Sid"}


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - of a policy
    return value if isinstance(value, list) else [value]
