"""What may be shown of a plan: nothing that it marks as sensitive, and nothing that looks like a secret.

A plan marks what the provider declares sensitive. It does not mark a password in a function's environment,
nor what SSM keeps as `String`: those are hidden by where they stand. The rest is asked of detect-secrets,
which knows the forms of AWS's, GitHub's, Slack's and others' tokens; its measure of entropy takes names for
tokens and hexadecimal tokens for names, so long words are judged by how letters and digits mix.
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
"""Names of attributes, and keys in JSON, whose values are hidden."""

HIDDEN_PLACES = frozenset(
    {"environment", "environment_variables", "variables", "stage_variables", "user_data", "user_data_base64"}
    | {"runtime_environment_variables", "container_definitions", "container_properties", "default_arguments"}
    | {"template_body", "parameters", "insecure_value", "custom_header"}
)
"""Attributes in which people put secrets, whatever their names."""

HIDDEN_ATTRIBUTES = frozenset({("aws_ssm_parameter", "value"), ("aws_api_gateway_api_key", "value")})
"""Type and attribute, where the attribute's name alone says too little."""

WORD = re.compile(r"[A-Za-z0-9+=_]{20,}")
SWITCH = re.compile(r"(?<=\d)[A-Za-z]|(?<=[A-Za-z])\d")
SWITCHES = 4
"""Changes between letters and digits from which a long word is taken for a token: names have one or two."""
AWS_SECRET_KEY = re.compile(
    r"(?<![A-Za-z0-9/+=])(?=\S*\d)(?=\S*[a-z])(?=\S*[A-Z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)
"""The form that git-secrets looks for (https://github.com/awslabs/git-secrets)."""

ARN = re.compile(r"arn:[\w-]*:[\w-]*:[\w-]*:\d*:")
"""What comes before a name in an ARN: the account and the name would look like a bot's token."""
DIGEST = re.compile(r"(hash|sha256|checksum|etag|fingerprint)$")
SHORTEST = 6
"""Shorter secrets are hidden where they stand, but not looked for elsewhere: `true` would be everywhere."""
LONGEST = 120
"""Characters of a value that are shown in Markdown."""
LONGEST_NAME = 300
"""Likewise of an address or a path of constructs."""
READ = 10_000
"""Characters of a value that are shown at all."""


class Redactor:
    """Makes what is shown of values; everything that comes from a plan goes through it.

    Args:
        secrets: texts that are hidden wherever they stand, also as part of another.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {each for each in secrets if len(each) >= SHORTEST}
        for _ in range(2):  # as they stand within JSON, and within JSON that is a text in JSON
            forms |= {json.dumps(each, ensure_ascii=plain)[1:-1] for each in forms for plain in (True, False)}
        self._secrets = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))) or r"(?!)")

    def text(self, text: str) -> str:
        """`text` with what is secret, or looks so, replaced by `(hidden)`; what is very long is cut."""
        text = self.plain(text)[: 2 * READ]
        for found in sorted(_tokens(text), key=len, reverse=True):
            text = text.replace(found, HIDDEN)
        return text[:READ]

    def plain(self, text: str) -> str:
        """A name without known secrets: logical ids mix letters and digits as tokens do."""
        return self._secrets.sub(HIDDEN, text)

    def code(self, text: str) -> str:
        """A value as code in Markdown, on one line and of bounded length."""
        return _span(self.text(text), LONGEST)

    def name(self, text: str) -> str:
        """An address or another name, likewise."""
        return _span(self.plain(text), LONGEST_NAME)

    def value(self, kind: str, path: Path, value: JSON, *, sensitive: bool = False) -> str:
        """A value at `path` of a resource of this type, as plain text.

        Args:
            kind: the resource's type.
            path: where the value stands.
            value: any JSON.
            sensitive: whether the plan marks it.
        """
        if sensitive:
            return SENSITIVE
        if value is None or value in ([], {}, ""):
            return "none"
        if hides(kind, path) and not (isinstance(value, bool | int | float) and len(str(value)) < SHORTEST):
            return HIDDEN
        return self._text(value, str(path[-1])) if isinstance(value, str) else self._json(value)

    def _text(self, value: str, name: str) -> str:
        """A digest is cut, a policy counted, JSON shown without what its keys say is secret."""
        statements = policies.parse(value)
        if statements is not None:
            return f"{len(statements)} statement{'' if len(statements) == 1 else 's'}"
        if DIGEST.search(name):
            return f"{self.plain(value)[:8]}…"
        inner = parsed(value)
        return self.text(value) if inner is None else self._json(inner)

    def _json(self, value: JSON) -> str:
        return self.text(json.dumps(_without_secrets(value), ensure_ascii=False))

    def difference(self, kind: str, difference: Difference) -> dict[str, str]:
        """`attribute`, `before` and `after` as plain text."""
        path, sensitive = difference.path, difference.sensitive
        after = self.value(kind, path, difference.after, sensitive=sensitive)
        return {
            "attribute": self.plain(difference.name),
            "before": self.value(kind, path, difference.before, sensitive=sensitive),
            "after": UNKNOWN if difference.unknown and not sensitive else after,
        }


def hides(kind: str, path: Path) -> bool:
    """Whether a value at `path` is hidden for where it stands."""
    names = [step for step in path if isinstance(step, str)]
    return (
        bool(HIDDEN_PLACES.intersection(names))
        or (kind, names[0] if names else "") in HIDDEN_ATTRIBUTES
        or any(map(SECRET_NAME.search, names))
    )


def secrets(kind: str, attributes: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
    """The texts of a resource that are secrets by name, or by form in a hidden place, with their paths."""
    for path, leaf in leaves(attributes):
        if isinstance(leaf, str) and leaf and hides(kind, path):
            named = any(isinstance(step, str) and SECRET_NAME.search(step) for step in path)
            ssm = (kind, path[0]) in HIDDEN_ATTRIBUTES
            if (named or ssm or _tokens(leaf[:READ])) and not whole_expression(leaf):
                yield path, leaf


def within(text: JSON) -> Iterator[str]:
    """The parts of a secret that are secret by themselves: what a JSON has under names of secrets."""
    for path, leaf in leaves(parsed(text)):
        if isinstance(leaf, str) and any(isinstance(step, str) and SECRET_NAME.search(step) for step in path):
            yield leaf


def parsed(text: JSON) -> JSON:
    """The object or list that a text is the JSON of; None when it is no such text."""
    try:
        return json.loads(text) if isinstance(text, str) and text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


def _span(text: str, longest: int) -> str:
    """A code span: on one line, without letters that are not seen, such as those that turn it around."""
    line = "".join(each if each.isprintable() else "\ufffd" for each in " ".join(text[:READ].split()))
    if len(line) > longest:
        line = f"{line[:longest]}…"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if "`" in line or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _tokens(text: str) -> set[str]:
    """The parts of a text that look like secrets."""
    plain = ARN.sub(" ", replace(text, _blank))
    found = {match for detector in _detectors() for match in detector.analyze_string(plain)}
    words = {word for word in WORD.findall(plain) if len(SWITCH.findall(word)) >= SWITCHES}
    return found | words | set(AWS_SECRET_KEY.findall(plain))


def _blank(expression: Expression) -> str:
    """Return a space for an expression; one whose end is not known stays."""
    return " " if expression.text.endswith("}") else expression.text


@cache
def _detectors() -> tuple[RegexBasedDetector, ...]:
    """Those of detect-secrets that know a token by its form; the others ask for names and quotes in code."""
    kinds: Mapping[str, type[BasePlugin]] = get_mapping_from_secret_type_to_class()
    left_out = "Public IP (ipv4)"
    return tuple(
        kind() for name, kind in kinds.items() if issubclass(kind, RegexBasedDetector) and name != left_out
    )


def _without_secrets(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        label = value.get("name") or value.get("key")
        secret_pair = isinstance(label, str) and bool(SECRET_NAME.search(label))
        return {
            key: HIDDEN
            if not isinstance(below, Mapping | list)
            and (SECRET_NAME.search(key) or (secret_pair and key.lower() == "value"))
            else _without_secrets(below)
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    inner = parsed(value)
    return value if inner is None else json.dumps(_without_secrets(inner), ensure_ascii=False)
