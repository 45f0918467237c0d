"""IAM policies as statements, and what one policy allows that another did not.

No library answers that offline: AWS's Access Analyzer (`CheckNoNewAccess`) is a service, and the linters at
hand look at one policy alone.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from review.change import JSON
from review.globs import overlap, within

RESTRICTING = re.compile(
    r"aws:(source(arn|account|ip|orgid|orgpaths|owner|vpc|vpce)|vpcsourceip|userid"
    r"|principal(arn|account|orgid|orgpaths))"
    r"|kms:calleraccount|s3:dataaccesspoint(arn|account)|lambda:sourcefunctionarn|saml:.*|.*:(aud|sub|app_id)",
    re.IGNORECASE,
)
"""Condition keys that leave somebody out of `Principal: "*"`: those of AWS's "The meaning of public"."""

NARROWING = re.compile(r"(?!aws:)(?!s3:tlsversion).*|aws:(resourcetag/.+|requesttag/.+)", re.IGNORECASE)
"""Condition keys that say what may be touched; most of `aws:` say who asks, when and from where."""

LOOSE = re.compile(
    r"[*?]*|arn:[^:]*:[^:]*:[^:]*:\*(:.*)?|[\da-f:.]+/[0-7]|repo:\*.*|sts\.amazonaws\.com", re.DOTALL
)
"""Values that everybody has: anything, any account's, the internet, any repository, the usual audience."""

FEDERATED = re.compile(
    r".*:oidc-provider/.*|accounts\.google\.com|cognito-identity\.amazonaws\.com|www\.amazon\.com|graph\.facebook\.com"
)
"""Principals that are everybody with an account there, until a condition says who."""

ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Statement:
    """One statement; `except_*` say that the lists name what is left out (`NotAction` and its like)."""

    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    principals: frozenset[str]
    conditions: frozenset[tuple[str, str, frozenset[str]]]
    except_actions: bool = False
    except_resources: bool = False
    except_principals: bool = False

    @property
    def restricted(self) -> bool:
        """Whether a condition leaves somebody out, whoever the principal is."""
        return self._asks(RESTRICTING)

    @property
    def narrowed(self) -> bool:
        """Whether a condition leaves something out, whatever the resource is."""
        return self._asks(NARROWING)

    @property
    def for_everybody(self) -> bool:
        """Whether anybody may use it, in this account or not."""
        open_to = any(each == "*" or FEDERATED.fullmatch(each) for each in self.principals)
        return (open_to or self.except_principals) and not self.restricted

    def _asks(self, keys: re.Pattern[str]) -> bool:
        return any(
            keys.fullmatch(key) and not any(map(LOOSE.fullmatch, values))
            for operator, key, values in self.conditions
            if not re.search(r"Not|IfExists$|^ForAllValues|^Null$", operator)
        )


@dataclass(frozen=True)
class Grant:
    """What one statement says and no other did: the part of it that none of the others covers.

    Attributes:
        statement: The statement.
        actions: Those of its actions that are new on some resource or for somebody.
        resources: Those of its resources that are new for some action.
        principals: Those of its principals that are new.
        before: What the others say of the same actions.
    """

    statement: Statement
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    before: tuple[Statement, ...]


def parse(text: JSON) -> list[Statement] | None:
    """The statements of a policy document; None when the value is none."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)["Statement"]
        return [statement(each) for each in (found if isinstance(found, list) else [found])]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def widened(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Grant]:
    """What `after` allows that `before` did not, by statement; denials apart."""
    yield from _new(before, after, "Allow")


def lifted(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Grant]:
    """What `before` denied that `after` does not."""
    yield from _new(after, before, "Deny")


def _new(old: Sequence[Statement], new: Sequence[Statement], effect: str) -> Iterator[Grant]:
    """The parts of `new` that no single statement of `old` covers."""
    others = [each for each in old if each.effect == effect]
    for each in new:
        if each.effect == effect and each not in others:
            wide = [other for other in others if _conditions_cover(other, each)]
            atoms = [atom for atom in _atoms(each) if not any(_covers(other, *atom) for other in wide)]
            if atoms:
                actions, resources, principals = (_named(part) for part in zip(*atoms, strict=True))
                same = (other for other in others if _share(other.actions, actions))
                yield Grant(each, actions, resources, principals, tuple(same))


Part = tuple[bool, Collection[str]]
"""Whether all but these are meant, and the patterns."""


def _atoms(one: Statement) -> Iterator[tuple[Part, Part, Part]]:
    for action in _split(one.except_actions, one.actions):
        for resource in _split(one.except_resources, one.resources or {"*"}):
            for principal in _split(one.except_principals, one.principals or {""}):
                yield action, resource, principal


def _split(excepted: bool, patterns: Collection[str]) -> list[Part]:
    return [(True, sorted(patterns))] if excepted else [(False, [each]) for each in sorted(patterns)]


def _named(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for _, patterns in parts for each in patterns if each))


def _share(actions: Collection[str], others: Collection[str]) -> bool:
    return any(overlap(one.lower(), other.lower()) for one in actions for other in others)


def _covers(old: Statement, action: Part, resource: Part, principal: Part) -> bool:
    lowered = action[0], [each.lower() for each in action[1]]
    return (
        _holds((old.except_actions, [each.lower() for each in old.actions]), lowered)
        and _holds((old.except_resources, old.resources or {"*"}), resource)
        and _holds((old.except_principals, old.principals or {""}), principal)
    )


def _holds(old: Part, new: Part) -> bool:
    """Whether all that `new` means is meant by `old`."""
    (all_but_old, old_patterns), (all_but_new, new_patterns) = old, new
    if all_but_old and not all_but_new:
        return not any(overlap(one, other) for one in old_patterns for other in new_patterns)
    if all_but_old:
        return all(any(within(one, other) for other in new_patterns) for one in old_patterns)
    if all_but_new:
        return "*" in old_patterns
    return all(any(within(one, other) for other in old_patterns) for one in new_patterns)


def _conditions_cover(old: Statement, new: Statement) -> bool:
    """Whether every condition of `old` is one of `new` as well, as narrow or narrower."""
    asked = {(operator, key.lower()): values for operator, key, values in new.conditions}
    return all(
        _narrower(operator, asked.get((operator, key.lower())), values)
        for operator, key, values in old.conditions
    )


def _narrower(operator: str, new: frozenset[str] | None, old: frozenset[str]) -> bool:
    if not new:
        return False
    return old <= new if "Not" in operator else new <= old


def statement(content: Mapping[str, JSON]) -> Statement:
    """One statement of a policy document, as it is parsed from JSON.

    Raises:
        KeyError: It has no effect; AttributeError, TypeError: it is none.
    """

    def either(name: str) -> tuple[JSON, bool]:
        excepted = f"Not{name}" in content
        return content.get(f"Not{name}" if excepted else name), excepted

    actions, except_actions = either("Action")
    resources, except_resources = either("Resource")
    principals, except_principals = either("Principal")
    named = principals.values() if isinstance(principals, Mapping) else [principals]
    return Statement(
        effect=str(content["Effect"]),
        actions=frozenset(_texts(actions)),
        resources=frozenset(_texts(resources)),
        principals=frozenset(_root(each) for values in named for each in _texts(values)),
        conditions=frozenset(
            (operator, key, frozenset(_texts(values)))
            for operator, keys in (content.get("Condition") or {}).items()
            for key, values in keys.items()
        ),
        except_actions=except_actions,
        except_resources=except_resources,
        except_principals=except_principals,
    )


def document(blocks: JSON) -> list[Statement]:
    """The statements of an `aws_iam_policy_document`, from its `statement` blocks."""
    return [_of_block(each) for each in blocks or () if isinstance(each, Mapping)]


def _of_block(block: Mapping[str, Any]) -> Statement:
    content: dict[str, Any] = {"Effect": block.get("effect") or "Allow"}
    for name in ("actions", "not_actions", "resources", "not_resources", "principals", "not_principals"):
        values = block.get(name)
        if values:
            flat = [each.get("identifiers") if isinstance(each, Mapping) else [each] for each in values]
            words = "".join(map(str.capitalize, name.removesuffix("s").split("_")))
            content[words] = [text for each in flat for text in _texts(each)]
    conditions: dict[str, dict[str, JSON]] = {}
    for each in block.get("condition") or ():
        if isinstance(each, Mapping):
            conditions.setdefault(str(each.get("test")), {})[str(each.get("variable"))] = each.get("values")
    return statement({**content, "Condition": conditions})


def _root(principal: str) -> str:
    """An account is its root, in either spelling."""
    return f"arn:aws:iam::{principal}:root" if ACCOUNT.fullmatch(principal) else principal


def _texts(value: JSON) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [each if isinstance(each, str) else json.dumps(each) for each in values]
