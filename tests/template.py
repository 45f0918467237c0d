"""Assertions on all resources of a synthesized stack at once.

CDKTF's matchers pass when one resource matches. "Every X has Y" and "no X has Y" are asserted here.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from synthesized.rest_apis import Method, methods
from synthesized.stack import Stack, path_in_stack

Attributes: TypeAlias = dict[str, Any]
"""The arguments of a resource as they are written, or part of them."""

Condition: TypeAlias = Callable[[Attributes], bool] | Mapping[str, Any]
"""A predicate on a resource, or arguments that it must contain."""


class Template(Stack):
    """A synthesized stack with assertions on all of its resources."""

    def resource(self, resource_type: str, path: str) -> Attributes:
        """Return the one resource of this type with this construct path in the stack."""
        (match,) = (
            attributes
            for attributes in self.resources(resource_type).values()
            if construct_path(attributes) == path
        )
        return match

    def api(self, path: str) -> dict[str, Any]:
        """Return the document of the API with this construct path in the stack."""
        document: dict[str, Any] = json.loads(self.resource("aws_api_gateway_rest_api", path)["body"])
        return document

    def methods(self, path: str) -> dict[str, Method]:
        """Return the methods of the API with this construct path, by names such as `GET /tasks/{id}`."""
        return {f"{method.http_method} {method.path}": method for method in methods(self.api(path))}

    def assert_every(self, resource_type: str, condition: Condition) -> None:
        """Assert that there are resources of this type, and that every one meets the condition."""
        resources = self.resources(resource_type)
        assert resources, f"the stack has no {resource_type}"
        failed = [address for address, attributes in resources.items() if not _meets(attributes, condition)]
        assert not failed, f"of {len(resources)} {resource_type}, these do not meet the condition: {failed}"

    def assert_none(self, resource_type: str, condition: Condition) -> None:
        """Assert that no resource of this type meets the condition; there may be no resource at all."""
        resources = self.resources(resource_type)
        failed = [address for address, attributes in resources.items() if _meets(attributes, condition)]
        assert not failed, f"these meet the condition: {failed}"

    def assert_every_is_named(self, resource_type: str, companion_type: str, attribute: str) -> None:
        """Assert that an attribute of some companion refers to each resource of the first type."""
        resources = self.resources(resource_type)
        assert resources, f"the stack has no {resource_type}"
        companions = self.resources(companion_type).values()
        named = self.addresses_in([companion.get(attribute) for companion in companions])
        missing = resources.keys() - set(named)
        assert not missing, f"the {attribute} of no {companion_type} refers to {sorted(missing)}"

    def policies(self) -> Iterator[tuple[str, Attributes]]:
        """Yield each statement of each policy in the stack, after the address of its resource."""
        for address, attributes in self.resources().items():
            for name in ("policy", "assume_role_policy"):
                if name in attributes:
                    for statement in json.loads(attributes[name])["Statement"]:
                        yield address, statement


def construct_path(attributes: Attributes) -> str:
    """Return the construct path in the stack: `tasks/sessions/table` of `serverless/tasks/sessions/table`."""
    return path_in_stack(attributes)


def _meets(attributes: Attributes, condition: Condition) -> bool:
    return condition(attributes) if callable(condition) else _contains(attributes, condition)


def _contains(actual: Any, expected: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a value equals another; objects may have further members."""
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(
            _contains(actual.get(name), value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(map(_contains, actual, expected))
        )
    return bool(actual == expected)
