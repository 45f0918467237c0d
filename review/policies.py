"""Parses IAM policies and compares what two policies allow.

No library does this offline: AWS's IAM Access Analyzer (`CheckNoNewAccess`) is a service, and the available
linters read one policy at a time.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from review.change import JSON
from review.globs import is_subset, overlaps

PRINCIPAL_CONDITION_KEYS = re.compile(
    r"aws:(source(arn|account|ip|orgid|orgpaths|owner|vpc|vpce)|vpcsourceip|userid"
    r"|principal(arn|account|orgid|orgpaths))"
    r"|kms:calleraccount|s3:dataaccesspoint(arn|account)|lambda:sourcefunctionarn|saml:.*|.*:(aud|sub|app_id)",
    re.IGNORECASE,
)
"""Condition keys that restrict `Principal: "*"`, from "The meaning of public" in the Amazon S3 User Guide."""

RESOURCE_CONDITION_KEYS = re.compile(
    r"(?!aws:)(?!s3:tlsversion).*|aws:(resourcetag/.+|requesttag/.+)", re.IGNORECASE
)
"""Condition keys that restrict the resource; most `aws:` keys restrict the principal, time or network."""

UNRESTRICTIVE_VALUES = re.compile(
    r"[*?]*|arn:[^:]*:[^:]*:[^:]*:\*(:.*)?|[\da-f:.]+/[0-7]|repo:\*.*|sts\.amazonaws\.com", re.DOTALL
)
"""Values that restrict nobody: wildcards, any account, the internet, any repository, the default audience."""

FEDERATED_PROVIDERS = re.compile(
    r".*:oidc-provider/.*|accounts\.google\.com|cognito-identity\.amazonaws\.com|www\.amazon\.com|graph\.facebook\.com"
)
"""Identity providers that anyone can have an account with: public unless a condition restricts them."""

ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        effect: `Allow` or `Deny`.
        actions: Patterns of actions.
        resources: Patterns of ARNs; empty if the statement has no resource, as in a trust policy.
        principals: ARNs, services or `*`; empty if the statement has no principal, as in an identity policy.
        conditions: Operator, key and values of each condition.
        except_actions: Whether `actions` are exceptions (`NotAction`).
        except_resources: Whether `resources` are exceptions (`NotResource`).
        except_principals: Whether `principals` are exceptions (`NotPrincipal`).
    """

    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    principals: frozenset[str]
    conditions: frozenset[tuple[str, str, frozenset[str]]]
    except_actions: bool = False
    except_resources: bool = False
    except_principals: bool = False

    @property
    def restricts_principal(self) -> bool:
        """Whether a condition restricts the principal."""
        return self._has_condition_on(PRINCIPAL_CONDITION_KEYS)

    @property
    def restricts_resource(self) -> bool:
        """Whether a condition restricts the resource."""
        return self._has_condition_on(RESOURCE_CONDITION_KEYS)

    @property
    def is_public(self) -> bool:
        """Whether the statement applies to anyone, inside or outside the account."""
        names_anyone = any(
            principal == "*" or FEDERATED_PROVIDERS.fullmatch(principal) for principal in self.principals
        )
        return (names_anyone or self.except_principals) and not self.restricts_principal

    def _has_condition_on(self, keys: re.Pattern[str]) -> bool:
        return any(
            keys.fullmatch(key) and not any(map(UNRESTRICTIVE_VALUES.fullmatch, values))
            for operator, key, values in self.conditions
            if not re.search(r"Not|IfExists$|^ForAllValues|^Null$", operator)
        )


@dataclass(frozen=True)
class Grant:
    """The part of a statement that no statement of the other policy covers.

    Attributes:
        statement: The statement.
        actions: Its actions that are not covered on some resource or for some principal.
        resources: Its resources that are not covered for some action.
        principals: Its principals that are not covered.
        related: Statements of the other policy about the same actions.
    """

    statement: Statement
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    related: tuple[Statement, ...]


def parse(text: JSON) -> list[Statement] | None:
    """Return the statements of a policy document; None if the value is not a policy document."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return None
    try:
        statements = json.loads(text)["Statement"]
        return [
            parse_statement(item) for item in (statements if isinstance(statements, list) else [statements])
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def newly_allowed(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Grant]:
    """Yield what the `Allow` statements of `after` allow and those of `before` did not."""
    yield from _uncovered(before, after, "Allow")


def no_longer_denied(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Grant]:
    """Yield what the `Deny` statements of `before` denied and those of `after` do not."""
    yield from _uncovered(after, before, "Deny")


def _uncovered(old: Sequence[Statement], new: Sequence[Statement], effect: str) -> Iterator[Grant]:
    """Yield the parts of `new` that no single statement of `old` covers."""
    candidates = [statement for statement in old if statement.effect == effect]
    for statement in new:
        if statement.effect == effect and statement not in candidates:
            covering = [other for other in candidates if _conditions_cover(other, statement)]
            uncovered = [
                elements
                for elements in _elements(statement)
                if not any(_covers(other, *elements) for other in covering)
            ]
            if uncovered:
                actions, resources, principals = (
                    _patterns(elements) for elements in zip(*uncovered, strict=True)
                )
                related = (other for other in candidates if _actions_overlap(other.actions, actions))
                yield Grant(statement, actions, resources, principals, tuple(related))


Element = tuple[bool, Collection[str]]
"""Whether the patterns are exceptions, and the patterns."""


def _elements(statement: Statement) -> Iterator[tuple[Element, Element, Element]]:
    """Yield every combination of one action, one resource and one principal of a statement."""
    for action in _single_elements(statement.except_actions, statement.actions):
        for resource in _single_elements(statement.except_resources, statement.resources or {"*"}):
            for principal in _single_elements(statement.except_principals, statement.principals or {""}):
                yield action, resource, principal


def _single_elements(excepted: bool, patterns: Collection[str]) -> list[Element]:
    return [(True, sorted(patterns))] if excepted else [(False, [pattern]) for pattern in sorted(patterns)]


def _patterns(elements: Sequence[Element]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pattern for _, patterns in elements for pattern in patterns if pattern))


def _actions_overlap(actions: Collection[str], others: Collection[str]) -> bool:
    return any(
        overlaps(action.lower(), other_action.lower()) for action in actions for other_action in others
    )


def _covers(old: Statement, action: Element, resource: Element, principal: Element) -> bool:
    excepted, patterns = action
    return (
        _element_covers((old.except_actions, _lowered(old.actions)), (excepted, _lowered(patterns)))
        and _element_covers((old.except_resources, old.resources or {"*"}), resource)
        and _element_covers((old.except_principals, old.principals or {""}), principal)
    )


def _lowered(patterns: Collection[str]) -> list[str]:
    return [pattern.lower() for pattern in patterns]


def _element_covers(old: Element, new: Element) -> bool:
    """Return whether `old` includes everything that `new` includes."""
    (old_excepted, old_patterns), (new_excepted, new_patterns) = old, new
    if old_excepted and not new_excepted:
        return not any(overlaps(old_one, new_one) for old_one in old_patterns for new_one in new_patterns)
    if old_excepted:
        return _all_within(old_patterns, new_patterns)
    if new_excepted:
        return "*" in old_patterns
    return _all_within(new_patterns, old_patterns)


def _all_within(patterns: Collection[str], others: Collection[str]) -> bool:
    return all(any(is_subset(pattern, other) for other in others) for pattern in patterns)


def _conditions_cover(old: Statement, new: Statement) -> bool:
    """Return whether `new` has every condition of `old`, equally strict or stricter."""
    new_conditions = {(operator, key.lower()): values for operator, key, values in new.conditions}
    return all(
        _condition_covers(operator, new_conditions.get((operator, key.lower())), values)
        for operator, key, values in old.conditions
    )


def _condition_covers(operator: str, new: frozenset[str] | None, old: frozenset[str]) -> bool:
    if not new:
        return False
    return old <= new if "Not" in operator else new <= old


def parse_statement(content: Mapping[str, JSON]) -> Statement:
    """Return a statement of a policy document.

    Args:
        content: The statement, parsed from JSON.

    Raises:
        KeyError: The statement has no effect.
        AttributeError, TypeError: The value is not a statement.
    """

    def element(name: str) -> tuple[JSON, bool]:
        excepted = f"Not{name}" in content
        return content.get(f"Not{name}" if excepted else name), excepted

    actions, except_actions = element("Action")
    resources, except_resources = element("Resource")
    principals, except_principals = element("Principal")
    principal_lists = principals.values() if isinstance(principals, Mapping) else [principals]
    return Statement(
        effect=str(content["Effect"]),
        actions=frozenset(_strings(actions)),
        resources=frozenset(_strings(resources)),
        principals=frozenset(
            _account_root_arn(principal) for names in principal_lists for principal in _strings(names)
        ),
        conditions=frozenset(
            (operator, key, frozenset(_strings(values)))
            for operator, keys in (content.get("Condition") or {}).items()
            for key, values in keys.items()
        ),
        except_actions=except_actions,
        except_resources=except_resources,
        except_principals=except_principals,
    )


def parse_blocks(blocks: JSON) -> list[Statement]:
    """Return the statements of an `aws_iam_policy_document`, from its `statement` blocks."""
    return [_parse_block(block) for block in blocks or () if isinstance(block, Mapping)]


def _parse_block(block: Mapping[str, Any]) -> Statement:
    content: dict[str, Any] = {"Effect": block.get("effect") or "Allow"}
    for name in ("actions", "not_actions", "resources", "not_resources", "principals", "not_principals"):
        values = block.get(name)
        if values:
            lists = [value.get("identifiers") if isinstance(value, Mapping) else [value] for value in values]
            element = "".join(map(str.capitalize, name.removesuffix("s").split("_")))
            content[element] = [text for items in lists for text in _strings(items)]
    conditions: dict[str, dict[str, JSON]] = {}
    for condition in block.get("condition") or ():
        if isinstance(condition, Mapping):
            conditions.setdefault(str(condition.get("test")), {})[str(condition.get("variable"))] = (
                condition.get("values")
            )
    return parse_statement({**content, "Condition": conditions})


def _account_root_arn(principal: str) -> str:
    """Return a principal with an account id replaced by the account's root ARN, which means the same."""
    return f"arn:aws:iam::{principal}:root" if ACCOUNT.fullmatch(principal) else principal


def _strings(value: JSON) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [value if isinstance(value, str) else json.dumps(value) for value in values]
