"""Types of setting values; they refuse what AWS would refuse."""

import re
import string
from ipaddress import IPv4Network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Retentions that CloudWatch Logs accepts (PutRetentionPolicy)."""

PRIVATE_NETWORKS = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""

VPC_PREFIX_LENGTH = 16
"""The third octets of the subnets (P7) need a /16."""

NAME_FIELDS = ("project", "suffix", "component", "name", "environment", "region", "company", "account")
"""Fields of a name pattern."""

ORIGINS = "* or scheme://host[:port]"
RETENTIONS = f"one of {', '.join(map(str, LOG_RETENTION_DAYS))}"
TAG_CHARACTERS = "1 to 256 letters, digits, spaces and . : / = + - @ _"
CIDRS = "a /16 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
FIELDS = f"the fields {', '.join(f'{{{name}}}' for name in NAME_FIELDS)}"
"""The allowed values, for errors and for the documents."""


def _none(value: object) -> object:
    return None if value == "none" else value


def _split(value: object) -> object:
    """Split a comma-separated list from the environment; `none` is the empty list."""
    if value == "none":
        return []
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("list each value once")
    return values


def _allowed(values: str) -> Any:  # noqa: ANN401 - a FieldInfo, which Field is typed to hide
    """Document the allowed values of a type whose JSON schema does not contain them."""
    return Field(json_schema_extra={"allowed": values})


def _matching(pattern: str, allowed: str) -> tuple[AfterValidator, FieldInfo]:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"use {allowed}")
        return value

    return AfterValidator(check), _allowed(allowed)


def _origin(value: str) -> str:
    parts = urlsplit(value)
    is_origin = (
        parts.scheme in {"http", "https"} and parts.netloc and value == f"{parts.scheme}://{parts.netloc}"
    )
    if value != "*" and not is_origin:
        raise ValueError(f"use {ORIGINS}")
    return value


def _name_pattern(value: str) -> str:
    try:
        segments = list(string.Formatter().parse(value))
    except ValueError as error:
        raise ValueError(f"invalid pattern ({error})") from None
    fields = [field for _, field, _, _ in segments if field is not None]
    if not set(fields) <= set(NAME_FIELDS) or any(
        specification or conversion for *_, specification, conversion in segments
    ):
        raise ValueError(f"use {FIELDS}")
    return value


def _retention(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        raise ValueError(f"use {RETENTIONS}")
    return value


def _tag(value: str) -> str:
    if not re.fullmatch(r"[\w\s.:/=+@-]{1,256}", value):
        raise ValueError(f"tag values have {TAG_CHARACTERS}")
    return value


def _vpc_cidr(value: IPv4Network) -> IPv4Network:
    if value.prefixlen != VPC_PREFIX_LENGTH or not any(map(value.subnet_of, PRIVATE_NETWORKS)):
        raise ValueError(f"use {CIDRS}")
    return value


OrNone = BeforeValidator(_none)
"""Accepts `none` as `None`, for settings with another default."""

CommaSeparated = (NoDecode, BeforeValidator(_split), AfterValidator(_distinct))
NameSegment = Annotated[
    str,
    *_matching(
        r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?",
        "1 to 32 lower-case letters, digits and inner hyphens",
    ),
]
Region = Annotated[
    str,
    *_matching(r"(?!cn-|us-gov-|us-iso)[a-z]{2}-[a-z]+-\d", "a region of the partition aws, as us-east-1"),
]
BucketName = Annotated[
    str, *_matching(r"(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "3 to 63 of a-z, 0-9 and inner hyphens")
]
Zone = Annotated[str, *_matching(r"[a-h]", "letters of zones from a to h, as in a,b")]
LogRetentionDays = Annotated[int, AfterValidator(_retention), _allowed(RETENTIONS)]
Origin = Annotated[str, AfterValidator(_origin), _allowed(ORIGINS)]
Tag = Annotated[str, AfterValidator(_tag), _allowed(TAG_CHARACTERS)]
NamePattern = Annotated[str, AfterValidator(_name_pattern), _allowed(FIELDS)]
VpcCidr = Annotated[IPv4Network, AfterValidator(_vpc_cidr), _allowed(CIDRS)]
ModelArn = Annotated[
    str,
    *_matching(
        r"arn:aws:bedrock:[a-z0-9-]*:(\d{12})?:(foundation-model|(application-)?inference-profile)/[\w.:-]+",
        "the ARN of a foundation model or an inference profile of Bedrock",
    ),
]
Email = Annotated[str, *_matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")]
