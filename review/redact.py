"""Redacts what a review shows: values marked as sensitive, and values that look like secrets.

A plan marks what the provider declares as sensitive. It does not mark a password in a function's environment,
or an SSM parameter of type `String`: those are hidden because of the attribute that contains them. Other
secrets are detected with detect-secrets, which knows the formats of tokens of AWS, GitHub, Slack and others.
Its entropy check takes names for tokens and hexadecimal tokens for names, so long words are judged by how
often letters and digits alternate instead.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import BasePlugin, RegexBasedDetector

from review import policies
from review.change import JSON, Difference, Path, leaves
from synthesized.references import Expression, replace, whole_expression

SENSITIVE, HIDDEN, UNKNOWN = "(sensitive)", "(hidden)", "(known after apply)"

SECRET_NAME = re.compile(
    r"passw|passphrase|pwd|secret(?!s?manager|[-_]?(arn|id|name))|token(?!_?(key|validity))|credential"
    r"|(api|auth|access|account|private|client|signing|encryption|db|database)[-_]?key(?!_?(id|arn|selection|source))"
    r"|(^|[._-])(dsn|salt|pass|bearer)($|[._-])|[.]authorization$|connection_?string|external_?id|webhook",
    re.IGNORECASE,
)
"""Attribute names, and keys in JSON, whose values are hidden."""

SECRET_CONTAINERS = frozenset(
    {"environment", "environment_variables", "variables", "stage_variables", "user_data", "user_data_base64"}
    | {"runtime_environment_variables", "container_definitions", "container_properties", "default_arguments"}
    | {"template_body", "parameters", "insecure_value", "custom_header"}
)
"""Attributes that often contain secrets under any name."""

SECRET_ATTRIBUTES = frozenset({("aws_ssm_parameter", "value"), ("aws_api_gateway_api_key", "value")})
"""Resource type and attribute, where the attribute's name alone does not indicate a secret."""

DOCUMENTS = frozenset({("aws_api_gateway_rest_api", "body")})
"""Resource type and attribute of documents that are not shown as a whole, but part by part."""

LONG_WORD = re.compile(r"[A-Za-z0-9+=_]{20,}")
LETTER_DIGIT_SWITCH = re.compile(r"(?<=\d)[A-Za-z]|(?<=[A-Za-z])\d")
MIN_SWITCHES = 4
"""Alternations of letters and digits that make a long word a token; names have one or two."""
AWS_SECRET_KEY = re.compile(
    r"(?<![A-Za-z0-9/+=])(?=\S*\d)(?=\S*[a-z])(?=\S*[A-Z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)
"""The pattern of git-secrets (https://github.com/awslabs/git-secrets)."""

ARN = re.compile(r"arn:[\w-]*:[\w-]*:[\w-]*:\d*:")
"""The part of an ARN before the name; account and name together would look like a Telegram bot token."""
DIGEST = re.compile(r"(hash|sha256|checksum|etag|fingerprint)$")
MIN_SECRET_LENGTH = 6
"""Shorter secrets are hidden in place only: a secret `true` would match everywhere."""
MAX_VALUE_LENGTH = 120
"""Characters of a value that Markdown shows."""
MAX_NAME_LENGTH = 300
"""Characters of an address or a construct path that Markdown shows."""
MAX_TEXT_LENGTH = 10_000
"""Characters of a value that any output shows."""


class Redactor:
    """Turns values of a plan into text that may be shown; every value goes through it.

    Args:
        secrets: Strings that are hidden everywhere, also as a part of other strings.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH}
        for _ in range(2):  # also as they are escaped in JSON, and in JSON that is a string in JSON
            forms |= {
                json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
                for secret in forms
                for ascii_only in (True, False)
            }
        self._secrets = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))) or r"(?!)")

    def text(self, text: str) -> str:
        """Return text with everything that is or looks secret replaced by `(hidden)`, truncated if long."""
        text = self.plain(text)[: 2 * MAX_TEXT_LENGTH]
        for token in sorted(_tokens(text), key=len, reverse=True):
            text = text.replace(token, HIDDEN)
        return text[:MAX_TEXT_LENGTH]

    def plain(self, text: str) -> str:
        """Return a name with known secrets hidden; logical ids mix letters and digits as tokens do."""
        return self._secrets.sub(HIDDEN, text)

    def code(self, text: str) -> str:
        """Return a value as a Markdown code span, on one line and truncated."""
        return _code_span(self.text(text), MAX_VALUE_LENGTH)

    def name(self, text: str) -> str:
        """Return an address or another name as a Markdown code span, on one line and truncated."""
        return _code_span(self.plain(text), MAX_NAME_LENGTH)

    def value(self, resource_type: str, path: Path, value: JSON, *, sensitive: bool = False) -> str:
        """Return a value of a resource as plain text.

        Args:
            resource_type: Type of the resource.
            path: Path of the value within the resource.
            value: Any JSON value.
            sensitive: Whether the plan marks the value as sensitive.
        """
        if sensitive:
            return SENSITIVE
        if value is None or value in ([], {}, ""):
            return "none"
        if (resource_type, *path) in DOCUMENTS and isinstance(value, str):
            return f"{len(value):,} characters"
        short_number = isinstance(value, bool | int | float) and len(str(value)) < MIN_SECRET_LENGTH
        if is_secret_location(resource_type, path) and not short_number:
            return HIDDEN
        return self._string(value, str(path[-1])) if isinstance(value, str) else self._json(value)

    def _string(self, value: str, name: str) -> str:
        """Truncate a digest, count the statements of a policy, hide values under secret names in JSON."""
        statements = policies.parse(value)
        if statements is not None:
            return f"{len(statements)} statement{'' if len(statements) == 1 else 's'}"
        if DIGEST.search(name):
            return f"{self.plain(value)[:8]}…"
        content = parse_json(value)
        return self.text(value) if content is None else self._json(content)

    def _json(self, value: JSON) -> str:
        return self.text(json.dumps(_without_secrets(value), ensure_ascii=False))

    def difference(self, resource_type: str, difference: Difference) -> dict[str, str]:
        """Return `attribute`, `before` and `after` as plain text."""
        path, sensitive = difference.path, difference.sensitive
        after = self.value(resource_type, path, difference.after, sensitive=sensitive)
        return {
            "attribute": self.plain(difference.name),
            "before": self.value(resource_type, path, difference.before, sensitive=sensitive),
            "after": UNKNOWN if difference.unknown and not sensitive else after,
        }


def is_secret_location(resource_type: str, path: Path) -> bool:
    """Return whether the value at `path` is hidden because of its location.

    In a document, the second step is the name of a part, such as that of a security scheme.
    """
    if (resource_type, *path[:1]) in DOCUMENTS:
        return _has_secret_name(path[2:])
    names = [step for step in path if isinstance(step, str)]
    return (
        bool(SECRET_CONTAINERS.intersection(names))
        or (resource_type, names[0] if names else "") in SECRET_ATTRIBUTES
        or _has_secret_name(path)
    )


def find_secrets(resource_type: str, attributes: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
    """Yield path and text of each secret: by its name, or by its format in a container of secrets."""
    for path, leaf in leaves(attributes):
        if isinstance(leaf, str) and leaf and is_secret_location(resource_type, path):
            named = _has_secret_name(path) or (resource_type, path[0]) in SECRET_ATTRIBUTES
            if (named or _tokens(leaf[:MAX_TEXT_LENGTH])) and not whole_expression(leaf):
                yield path, leaf


def embedded_secrets(text: JSON) -> Iterator[str]:
    """Yield the values under secret names in a JSON text."""
    for path, leaf in leaves(parse_json(text)):
        if isinstance(leaf, str) and _has_secret_name(path):
            yield leaf


def _has_secret_name(path: Path) -> bool:
    return any(isinstance(step, str) and SECRET_NAME.search(step) for step in path)


def parse_json(text: JSON) -> JSON:
    """Return the object or list in a JSON text; None if the value is no such text."""
    try:
        return json.loads(text) if isinstance(text, str) and text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


def _code_span(text: str, max_length: int) -> str:
    """Return a code span on one line, without invisible characters such as bidirectional controls."""
    line = "".join(
        character if character.isprintable() else "\ufffd"
        for character in " ".join(text[:MAX_TEXT_LENGTH].split())
    )
    if len(line) > max_length:
        line = f"{line[:max_length]}…"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if "`" in line or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _tokens(text: str) -> set[str]:
    """Return the parts of a text that look like secrets."""
    plain = ARN.sub(" ", replace(text, _blank))
    matches = {match for detector in _detectors() for match in detector.analyze_string(plain)}
    words = {
        word for word in LONG_WORD.findall(plain) if len(LETTER_DIGIT_SWITCH.findall(word)) >= MIN_SWITCHES
    }
    return matches | words | set(AWS_SECRET_KEY.findall(plain))


def _blank(expression: Expression) -> str:
    """Return a space for an expression; one whose end is not known stays."""
    return " " if expression.text.endswith("}") else expression.text


@cache
def _detectors() -> tuple[RegexBasedDetector, ...]:
    """Return the detectors that recognize a token by its format; the others expect source code."""
    plugins: Mapping[str, type[BasePlugin]] = get_mapping_from_secret_type_to_class()
    excluded = "Public IP (ipv4)"
    return tuple(
        plugin()
        for name, plugin in plugins.items()
        if issubclass(plugin, RegexBasedDetector) and name != excluded
    )


def _without_secrets(value: JSON) -> JSON:
    """Hide values under secret names, and the `value` of an object whose `name` or `key` is secret."""
    if isinstance(value, Mapping):
        label = value.get("name") or value.get("key")
        secret_pair = isinstance(label, str) and bool(SECRET_NAME.search(label))
        return {
            key: HIDDEN
            if not isinstance(child, Mapping | list)
            and (SECRET_NAME.search(key) or (secret_pair and key.lower() == "value"))
            else _without_secrets(child)
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    content = parse_json(value)
    return value if content is None else json.dumps(_without_secrets(content), ensure_ascii=False)
