"""Ask a synthesized stack about all of its resources at once.

CDKTF's matchers take one match for all, so "every X has Y" and "no X has Y" are asked here.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from synthesized.stack import Stack, path_in_stack

Attributes = dict[str, Any]


class Template(Stack):
    """A synthesized stack with assertions on all of its resources."""

    def one(self, kind: str, path: str) -> Attributes:
        """The resource of this type whose construct path (within the stack) is ``path``."""
        (match,) = (a for a in self.resources(kind).values() if construct_path(a) == path)
        return match

    def every(self, kind: str, holds: Callable[[Attributes], bool] | Mapping[str, Any]) -> None:
        """Assert that there are resources of this type and that ``holds`` is true of, or inside, each."""
        resources = self.resources(kind)
        assert resources, f"there is no {kind} at all"
        wrong = [address for address, attributes in resources.items() if not _holds(attributes, holds)]
        assert not wrong, f"of {len(resources)} {kind}, these do not hold: {wrong}"

    def none(self, kind: str, holds: Callable[[Attributes], bool] | Mapping[str, Any]) -> None:
        """Assert that ``holds`` is true of no resource of this type; there may be none at all."""
        wrong = [address for address, a in self.resources(kind).items() if _holds(a, holds)]
        assert not wrong, f"these should not be: {wrong}"

    def every_has(self, kind: str, companion: str, attribute: str) -> None:
        """Assert that each resource of ``kind`` is named by the ``attribute`` of a ``companion``."""
        resources = self.resources(kind)
        assert resources, f"there is no {kind} at all"
        named = self.addresses_in([a.get(attribute) for a in self.resources(companion).values()])
        missing = resources.keys() - set(named)
        assert not missing, f"no {companion} names, as its {attribute}: {sorted(missing)}"

    def policies(self) -> Iterator[tuple[str, Attributes]]:
        """Each statement of each policy in the stack, with the address it stands at."""
        for address, attributes in self.resources().items():
            for name in ("policy", "assume_role_policy"):
                if name in attributes:
                    for statement in json.loads(attributes[name])["Statement"]:
                        yield address, statement


def construct_path(attributes: Attributes) -> str:
    """`tasks/sessions/table` of `serverless/tasks/sessions/table`."""
    return path_in_stack(attributes)


def _holds(attributes: Attributes, holds: Callable[[Attributes], bool] | Mapping[str, Any]) -> bool:
    return holds(attributes) if callable(holds) else _contains(attributes, holds)


def _contains(actual: Any, expected: Any) -> bool:  # noqa: ANN401 - any JSON
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(_contains(actual.get(k), v) for k, v in expected.items())
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(map(_contains, actual, expected))
        )
    return bool(actual == expected)
