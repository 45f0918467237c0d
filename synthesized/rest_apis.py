"""The routes of API Gateway's REST APIs, which a stack has as resources, methods and integrations."""

from collections.abc import Mapping
from dataclasses import dataclass

from synthesized.references import parse
from synthesized.stack import JSON, Stack


@dataclass(frozen=True)
class Method:
    """A method of an API on a path.

    Attributes:
        address: The address of the method.
        arguments: Its arguments as they are written.
        api: The address of the API.
        path: The path, such as `/tasks/{id}`.
        function: The address of the function that it invokes; None where API Gateway responds itself.
    """

    address: str
    arguments: Mapping[str, JSON]
    api: str
    path: str
    function: str | None

    @property
    def http_method(self) -> str:
        """The method in upper case: `GET`."""
        return str(self.arguments["http_method"])

    @property
    def operation(self) -> str | None:
        """The name of the operation; None for preflights and 405 responses of API Gateway."""
        name = self.arguments.get("operation_name")
        return None if name is None else str(name)


def methods(stack: Stack) -> list[Method]:
    """Return the methods of all APIs of a stack, in the order of the file.

    Raises:
        LookupError, ValueError: The resources of API Gateway do not belong together.
    """
    functions = {}
    for integration in stack.resources("aws_api_gateway_integration").values():
        named = stack.addresses_in(integration.get("uri", ""))
        invoked = [address for address in named if address.startswith("aws_lambda_function.")]
        functions[parse(integration["http_method"]).address] = next(iter(invoked), None)
    return [
        Method(
            address=address,
            arguments=arguments,
            api=parse(arguments["rest_api_id"]).address,
            path=_path(stack, arguments["resource_id"]),
            function=functions.get(address),
        )
        for address, arguments in stack.resources("aws_api_gateway_method").items()
    ]


def _path(stack: Stack, resource_id: str) -> str:
    """Return the path of an API's resource: its own part after the path of its parent."""
    reference = parse(resource_id)
    if reference.attribute == "root_resource_id":
        return "/"
    resource = stack.blocks[reference.address].arguments
    return f"{_path(stack, resource['parent_id']).rstrip('/')}/{resource['path_part']}"
