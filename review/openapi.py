"""Reads the `body` of an `aws_api_gateway_rest_api`: an OpenAPI 3 document with AWS's extensions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, TypeAlias

from review.change import JSON, Difference, Path, as_list, as_object, leaves, value_at
from review.redact import parse_json
from review.schemas import resolve
from synthesized.rest_apis import (
    AUTHORIZATION_TYPE,
    EXTENSION,
    GATEWAY_RESPONSES,
    VALIDATORS,
    Method,
    methods,
)

Key: TypeAlias = tuple[str, str]
"""A path without the names of its variables, and an HTTP method."""

REST_API = "aws_api_gateway_rest_api"
POLICY = f"{EXTENSION}policy"
ALLOWED_ORIGIN = ".header.access-control-allow-origin"

NAMED_PARTS = ("components", GATEWAY_RESPONSES, VALIDATORS)
"""Members of a document that the list of changes shows by the names in them."""
DEFINED = "defined"
"""What the list of changes shows for a part that only one of two documents has."""


@dataclass(frozen=True)
class Api:
    """A document.

    Attributes:
        document: The document; empty for an API without a `body`.
        methods: Its methods.
        routes: Those that call something, by key; API Gateway itself responds to the others (mocks).
    """

    document: Mapping[str, JSON] = field(default_factory=dict)
    methods: tuple[Method, ...] = ()
    routes: Mapping[Key, Method] = field(default_factory=dict)

    @classmethod
    def read(cls, body: JSON) -> Self | None:
        """Read a `body`; None if it is not an OpenAPI 3 document in JSON."""
        document = parse_json(body)
        if not isinstance(document, Mapping) or not str(document.get("openapi")).startswith("3."):
            return None
        try:
            read = tuple(methods(document))
            routes = {
                (_shape(method.path), method.http_method): method for method in read if not method.is_mock
            }
        except (AttributeError, LookupError, TypeError, ValueError):
            return None
        return cls(document, read, routes)

    def route(self, key: Key) -> Method | None:
        """Return the method that serves calls with a key, which may be the one for any method of the path."""
        return self.routes.get(key) or self.routes.get((key[0], "ANY"))

    def bodies(self, method: Method) -> dict[str, JSON]:
        """Return the schemas of a method's bodies by media type."""
        content = as_object(resolve(method.operation.get("requestBody"), self.document)).get("content")
        return {
            media_type: schema
            for media_type, value in as_object(content).items()
            if (schema := value_at(value, ("schema",))) is not None
        }

    def required_parameters(self, method: Method) -> set[tuple[str, str]]:
        """Return places, such as `query`, and names of the required parameters that are not in the path."""
        of_path = value_at(self.document, ("paths", method.path, "parameters"))
        parameters = (
            as_object(resolve(parameter, self.document))
            for parameter in (*as_list(of_path), *as_list(method.operation.get("parameters")))
        )
        return {
            (str(parameter.get("in")), str(parameter.get("name")))
            for parameter in parameters
            if parameter.get("required") is True and parameter.get("in") != "path"
        }

    def authorizers(self, method: Method) -> list[JSON]:
        """Return what authorizes a method, except API keys: the extensions of each scheme, and the scopes."""
        schemes = as_object(value_at(self.document, ("components", "securitySchemes")))
        return [
            [schemes[name].get("name"), sorted(_extensions(schemes[name]).items()), scopes]
            for requirement in method.operation.get("security", ())
            for name, scopes in as_object(requirement).items()
            if AUTHORIZATION_TYPE in as_object(schemes.get(name))
        ]

    @cached_property
    def open_paths(self) -> dict[str, str]:
        """The paths that pages of every origin may call, by path without the names of its variables."""
        return {
            _shape(method.path): method.path
            for method in self.methods
            if not _is_error(method) and _allows_every_origin(method.operation)
        }

    @cached_property
    def has_open_errors(self) -> bool:
        """Whether pages of every origin may read the errors that API Gateway itself returns."""
        errors = [method.operation for method in self.methods if _is_error(method)]
        return any(map(_allows_every_origin, (self.document.get(GATEWAY_RESPONSES), *errors)))


def part_differences(before: JSON, after: JSON) -> list[Difference] | None:
    """Return the parts in which two bodies differ, those that go and come first; None if they are unreadable.

    A part is an operation, such as `GET /tasks`, a schema or another named component. Of a part that both
    documents have, the difference is that of its only member that differs, or of all members that do.
    """
    apis = [Api.read(body) for body in (before, after)]
    if None in apis:
        return None
    old, new = (_parts(api) for api in apis if api)
    removed = [Difference(("body", name), DEFINED, None) for name in old if name not in new]
    added = [Difference(("body", name), None, DEFINED) for name in new if name not in old]
    changed = [
        _difference(("body", name), old[name], new[name])
        for name in old
        if name in new and old[name] != new[name]
    ]
    return [*removed, *added, *changed]


def _difference(path: Path, before: JSON, after: JSON) -> Difference:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if len(names) == 1:
            return _difference((*path, names[0]), before.get(names[0]), after.get(names[0]))
        before, after = ({name: part[name] for name in names if name in part} for part in (before, after))
    return Difference(path, before, after)


def _parts(api: Api) -> dict[str, JSON]:
    """Return the parts of a document by name."""
    parts = {f"{method.http_method} {method.path}": method.operation for method in api.methods}
    for name, content in api.document.items():
        if name == "components":
            for kind, components in as_object(content).items():
                parts |= {f"{name}.{kind}.{key}": value for key, value in as_object(components).items()}
        elif name in NAMED_PARTS:
            parts |= {f"{name}.{key}": value for key, value in as_object(content).items()}
        elif name != "paths":
            parts[name] = content
    return parts


def _shape(path: str) -> str:
    """Return a path without the names of its variables: a renamed one is the same route."""
    return re.sub(r"{[^}+]*}", "{}", path)


def _extensions(scheme: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: value for name, value in scheme.items() if name.startswith("x-amazon-")}


def _is_error(method: Method) -> bool:
    """Return whether API Gateway itself responds, and not to a preflight."""
    return method.is_mock and method.http_method != "OPTIONS"


def _allows_every_origin(responses: JSON) -> bool:
    return any(
        leaf == "'*'" and str(path[-1]).lower().endswith(ALLOWED_ORIGIN)
        for path, leaf in leaves(responses)
        if path
    )
