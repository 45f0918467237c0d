"""Policy comparison against a brute-force evaluator over all requests of a small model."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from review import policies
from review.policies import Grant
from tests.unit.review.builders import JSON, parsed

ACTIONS = ["s:a", "s:b", "t:a", "t:z"]
RESOURCES = ["x/a", "x/b", "y/a", "z"]
PRINCIPALS = ["p", "q", "z"]
CONTEXTS: list[Mapping[str, str]] = [{}, {"k": "1"}, {"k": "2"}, {"k": "1", "l": "1"}, {"k": "z", "l": "z"}]
"""The last value of each list matches no pattern below, so that no pattern covers everything."""

REQUESTS = list(product(ACTIONS, RESOURCES, PRINCIPALS, CONTEXTS))
Request = tuple[str, str, str, Mapping[str, str]]


def some(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


def statements(*, excepts: bool, conditions: bool) -> st.SearchStrategy[JSON]:
    def element(name: str, *values: str) -> st.SearchStrategy[JSON]:
        names = [name, f"Not{name}"] if excepts else [name]
        return st.builds(lambda key, value: {key: value}, st.sampled_from(names), some(*values))

    operators = ["StringEquals", "StringNotEquals", "StringEqualsIfExists"]
    asked = st.dictionaries(
        st.sampled_from(operators),
        st.dictionaries(st.sampled_from("kl"), some("1", "2"), min_size=1, max_size=2),
        max_size=2,
    )
    return st.builds(
        lambda effect, action, resource, principal, condition: {
            "Effect": effect,
            **action,
            **resource,
            **principal,
            **({"Condition": condition} if condition else {}),
        },
        st.sampled_from(["Allow", "Allow", "Deny"]),
        element("Action", "s:*", "s:a", "S:B", "*", "t:*"),
        element("Resource", "x/*", "x/a", "*/a", "*", "y/a"),
        element("Principal", "p", "q", "*"),
        asked if conditions else st.just({}),
    )


def applies(statement: JSON, request: Request) -> bool:
    """Return whether a statement applies to a request, as IAM evaluates it."""
    action, resource, principal, context = request
    return (
        named(statement, "Action", action.lower(), lambda text: text.lower())
        and named(statement, "Resource", resource, str)
        and named(statement, "Principal", principal, str)
        and all(
            holds(operator, context.get(key), values)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def named(statement: JSON, name: str, value: str, form: Callable[[str], str]) -> bool:
    if f"Not{name}" in statement:
        return not any(fnmatchcase(value, form(pattern)) for pattern in statement[f"Not{name}"])
    return any(fnmatchcase(value, form(pattern)) for pattern in statement[name])


def holds(operator: str, value: str | None, values: Sequence[str]) -> bool:
    if operator == "StringNotEquals":
        return value not in values
    return value in values or (value is None and operator.endswith("IfExists"))


def allowed(document: Sequence[JSON], request: Request) -> bool:
    about = [statement["Effect"] for statement in document if applies(statement, request)]
    return "Allow" in about and "Deny" not in about


def reports(grant: Grant, request: Request) -> bool:
    """Return whether a grant includes a request, apart from its conditions."""
    action, resource, principal, _ = request
    statement = grant.statement
    parts = (
        (statement.except_actions, [action.lower() for action in grant.actions], action.lower()),
        (statement.except_resources, grant.resources, resource),
        (statement.except_principals, grant.principals, principal),
    )
    return all(
        any(fnmatchcase(value, pattern) for pattern in patterns) != excepted
        for excepted, patterns, value in parts
    )


@given(*[st.lists(statements(excepts=True, conditions=True), min_size=1, max_size=3)] * 2)
def test_newly_allowed_requests_are_reported(before: list[JSON], after: list[JSON]) -> None:
    old, new = parsed(before), parsed(after)
    grants = [*policies.newly_allowed(old, new), *policies.no_longer_denied(old, new)]
    for request in REQUESTS:
        if allowed(after, request) and not allowed(before, request):
            assert any(reports(grant, request) for grant in grants), request


@given(*[st.lists(statements(excepts=False, conditions=False), min_size=1, max_size=3)] * 2)
def test_reported_actions_are_newly_allowed(before: list[JSON], after: list[JSON]) -> None:
    """For statements without exceptions and conditions, every reported action has a newly allowed request."""
    without_denials = [
        [statement for statement in document if statement["Effect"] == "Allow"]
        for document in (before, after)
    ]
    wild: list[list[Any]] = [[*ACTIONS, "s:z", "u:z"], [*RESOURCES, "x/z", "z/a"], PRINCIPALS, [{}]]
    for grant in policies.newly_allowed(parsed(before), parsed(after)):
        for action in grant.actions:
            assert any(
                fnmatchcase(request[0].lower(), action.lower())
                and allowed(without_denials[1], request)
                and not allowed(without_denials[0], request)
                for request in product(*wild)
            ), (action, grant)


@given(st.lists(statements(excepts=True, conditions=True), min_size=1, max_size=3))
def test_equal_policies_allow_nothing_new(document: list[JSON]) -> None:
    assert not list(policies.newly_allowed(parsed(document), parsed(document)))
    assert not list(policies.no_longer_denied(parsed(document), parsed(document)[::-1]))
