import pytest

from tests.unit.review.builders import JSON, compared, created, one, reviewed, texts, updated

METHOD = "aws_api_gateway_method.m"
INTEGRATION = "aws_api_gateway_integration.i"


def method(authorization: str, key: bool | None = None, **more: object) -> JSON:
    return {
        "authorization": authorization,
        "api_key_required": key,
        "http_method": "GET",
        "resource_id": "r1",
        **more,
    }


def integration(kind: str, **more: object) -> JSON:
    return {"type": kind, "http_method": "GET", "resource_id": "r1", **more}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (method("AWS_IAM"), method("NONE"), "answers `GET` without authorization"),
        (method("NONE", True), method("NONE", False), "answers `GET` without authorization"),
        (method("AWS_IAM"), method("NONE", True), "asks for an API key alone at `GET`: no authorization"),
    ],
)
def test_a_method_that_asks_for_less(before: JSON, after: JSON, said: str) -> None:
    assert one(reviewed(updated(METHOD, before, after))).text == said
    assert texts(reviewed(updated(METHOD, after, before))) == []


@pytest.mark.parametrize(
    ("after", "others"),
    [
        (method("NONE", True), []),
        (method("AWS_IAM"), []),
        (method("NONE", http_method="OPTIONS"), []),
        (method("NONE"), [created(INTEGRATION, **integration("MOCK"))]),
    ],
)
def test_a_new_method_that_asks_or_does_nothing(after: JSON, others: list[JSON]) -> None:
    assert texts(reviewed(created(METHOD, **after), *others)) == []


def test_a_new_method_that_does_something() -> None:
    report = reviewed(created(METHOD, **method("NONE")), created(INTEGRATION, **integration("AWS_PROXY")))
    assert texts(report) == ["answers `GET` without authorization"]


def test_a_mock_of_another_resource_says_nothing() -> None:
    """In a module the resources are not known: two of none are not the same."""
    unknown = {"resource_id": None}
    mock = created(f"module.m.{INTEGRATION}", **integration("MOCK", **unknown))
    assert one(reviewed(created(f"module.m.{METHOD}", **method("NONE", **unknown)), mock)).needs_human


def test_an_open_method_that_does_something_now() -> None:
    change = updated(INTEGRATION, integration("MOCK"), integration("AWS_PROXY"))
    assert one(reviewed(change, state={METHOD: method("NONE")})).text == "answers `GET` without authorization"
    assert texts(reviewed(change, state={METHOD: method("AWS_IAM")})) == []


def test_a_mock_that_stays_is_seen_in_synths() -> None:
    def stack(authorization: str) -> JSON:
        kinds = {"aws_api_gateway_method": {"m": method(authorization)}}
        return {"resource": {**kinds, "aws_api_gateway_integration": {"i": integration("MOCK")}}}

    assert texts(compared(stack("AWS_IAM"), stack("NONE"))) == []
