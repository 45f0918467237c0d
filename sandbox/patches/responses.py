"""What the patches share: the responses of MiniStack's services."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

OK = 200

Response: TypeAlias = tuple[int, dict[str, str], bytes]
"""A status, headers and a body."""


def with_elements(response: Response, path: str, elements: Callable[[str], Mapping[str, Any]]) -> Response:
    """Add elements to the records of a response in XML.

    Args:
        response: What MiniStack returns.
        path: Where the records are, as an XPath of ElementTree.
        elements: Returns the elements to add, by name, for the text of a record's first child, which is the
            record's name or id. Empty values are left out.
    """
    status, headers, body = response
    root = ET.fromstring(body)  # noqa: S314 - MiniStack wrote it
    namespace = root.tag.partition("}")[0] + "}"
    for record in root.findall(path):
        for name, value in elements(record[0].text or "").items():
            if value not in (None, "", []):
                record.append(_element(namespace, name, value))
    return status, headers, ET.tostring(root, default_namespace=namespace.strip("{}"))


def _element(namespace: str, name: str, value: object) -> ET.Element:
    element = ET.Element(f"{namespace}{name}")
    if isinstance(value, list):
        element.extend(_element(namespace, "member", member) for member in value)
    elif isinstance(value, dict):
        element.extend(_element(namespace, key, member) for key, member in value.items())
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element
