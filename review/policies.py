"""IAM policies as statements, and what one policy allows that another did not.

No library answers that offline: AWS's Access Analyzer (`CheckNoNewAccess`) is a service, and the linters at
hand look at one policy alone.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from review.change import JSON

Conditions = Mapping[tuple[str, str], frozenset[str]]
"""Values by operator and key."""

RESTRICTING = re.compile(
    r"aws:(source(arn|account|ip|orgid|orgpaths|owner|vpc|vpce)|principal(arn|account|orgid|orgpaths|tag/.+)|userid|vpcsourceip)"
    r"|kms:(calleraccount|viaservice)|(s3|lambda|elasticloadbalancing):.*(account|arn)|sts:externalid|saml:.*|.*:(aud|sub)",
    re.IGNORECASE,
)
"""Condition keys that leave somebody out of `Principal: "*"`."""


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
    def excepts(self) -> bool:
        """Whether it names what it is not about."""
        return self.except_actions or self.except_resources or self.except_principals

    @property
    def restricted(self) -> bool:
        """Whether a condition leaves somebody out, whoever the principal is."""
        return any(
            RESTRICTING.fullmatch(key) and not values.intersection({"*", "0.0.0.0/0", "::/0"})
            for operator, key, values in self.conditions
            if "Not" not in operator and not operator.endswith("IfExists")
        )


@dataclass(frozen=True)
class Grant:
    """What is allowed by a statement and was not: the part of it that no earlier one covers.

    Attributes:
        statement: The statement.
        actions: Those of its actions that are new on some resource or for somebody.
        resources: Those of its resources that are new for some action.
        principals: Those of its principals that are new.
        before: What earlier statements allowed of the same actions.
    """

    statement: Statement
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    before: tuple[Statement, ...]


def parse(text: JSON) -> list[Statement] | None:
    """The statements of a policy document; None when the value is none."""
    if not isinstance(text, str) or '"Statement"' not in text:
        return None
    try:
        found = json.loads(text)["Statement"]
        return [_statement(each) for each in (found if isinstance(found, list) else [found])]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def widened(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Grant]:
    """What `after` allows that `before` did not, by statement; denials apart."""
    old = [each for each in before if each.effect == "Allow"]
    for statement in after:
        if statement.effect == "Allow" and statement not in old:
            grant = _new(statement, old)
            if grant:
                yield grant


def lifted(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Statement]:
    """The denials of `before` that are not, or not wholly, in `after`."""
    denials = [each for each in after if each.effect == "Deny"]
    for statement in before:
        if statement.effect == "Deny" and statement not in denials and _new(statement, denials):
            yield statement


def _new(statement: Statement, old: Sequence[Statement]) -> Grant | None:
    """The part of a statement that none of `old` covers."""
    wide = [each for each in old if _conditions_cover(each, statement)]
    atoms = [
        (action, resource, principal)
        for action in sorted(statement.actions) or ["*"]
        for resource in sorted(statement.resources) or ["*"]
        for principal in sorted(statement.principals) or [""]
        if statement.excepts or not any(_covers(each, action, resource, principal) for each in wide)
    ]
    if not atoms:
        return None
    actions, resources, principals = (tuple(dict.fromkeys(part)) for part in zip(*atoms, strict=True))
    overlapping = tuple(each for each in old if any(_overlap(a, b) for a in actions for b in each.actions))
    return Grant(statement, actions, resources, tuple(filter(None, principals)), overlapping)


def _covers(old: Statement, action: str, resource: str, principal: str) -> bool:
    parts = (
        (old.except_actions, [each.lower() for each in old.actions], action.lower()),
        (old.except_resources, old.resources or ["*"], resource),
        (old.except_principals, old.principals or [""], principal),
    )
    return all(
        not any(_overlap(pattern, one) for pattern in patterns)
        if excepted
        else any(within(one, pattern) for pattern in patterns)
        for excepted, patterns, one in parts
    )


def _conditions_cover(old: Statement, new: Statement) -> bool:
    """Whether every condition of `old` is one of `new` as well, as narrow or narrower."""
    asked = {(operator, key): values for operator, key, values in new.conditions}
    return all(
        asked.get((operator, key), frozenset()) and _narrower(operator, asked[operator, key], values)
        for operator, key, values in old.conditions
    )


def _narrower(operator: str, new: frozenset[str], old: frozenset[str]) -> bool:
    return old <= new if "Not" in operator else new <= old


def within(one: str, pattern: str) -> bool:
    """Whether `pattern` matches whatever `one` does; both may hold `*` and `?`.

    A `*` of `one` stands for anything and is matched by a `*` alone; a `?` by either.
    """
    return bool(_expression(pattern).fullmatch(one))


def _expression(pattern: str) -> "re.Pattern[str]":
    parts = (".*" if each == "*" else "[^*]" if each == "?" else re.escape(each) for each in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _overlap(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    return within(one, other) or within(other, one)


def _statement(content: Mapping[str, JSON]) -> Statement:
    def either(name: str) -> tuple[frozenset[str], bool]:
        excepted = f"Not{name}" in content
        return frozenset(_texts(content.get(f"Not{name}" if excepted else name))), excepted

    actions, except_actions = either("Action")
    resources, except_resources = either("Resource")
    excepted = "NotPrincipal" in content
    principals = _principals(content.get("NotPrincipal" if excepted else "Principal"))
    return Statement(
        effect=str(content["Effect"]),
        actions=actions,
        resources=resources,
        principals=frozenset(principals),
        conditions=frozenset(
            (operator, key, frozenset(_texts(values)))
            for operator, keys in content.get("Condition", {}).items()
            for key, values in keys.items()
        ),
        except_actions=except_actions,
        except_resources=except_resources,
        except_principals=excepted,
    )


def _principals(content: JSON) -> Iterator[str]:
    """`*`, an ARN, an account or a service: everybody is the same in either spelling."""
    named = content.values() if isinstance(content, Mapping) else [content]
    for each in named:
        yield from _texts(each)


def _texts(value: JSON) -> Iterable[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [each if isinstance(each, str) else json.dumps(each) for each in values]
