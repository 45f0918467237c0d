import pytest

from tests.unit.review.builders import JSON, compared, created, only_finding, reviewed, texts, updated

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
    ("before", "after", "expected"),
    [
        (method("AWS_IAM"), method("NONE"), "requires no authorization for `GET`"),
        (method("NONE", True), method("NONE", False), "requires no authorization for `GET`"),
        (method("AWS_IAM"), method("NONE", True), "requires only an API key for `GET`, no authorization"),
    ],
)
def test_less_authorization_is_a_finding(before: JSON, after: JSON, expected: str) -> None:
    assert only_finding(reviewed(updated(METHOD, before, after))).text == expected
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
def test_protected_and_mock_methods_have_no_findings(after: JSON, others: list[JSON]) -> None:
    assert texts(reviewed(created(METHOD, **after), *others)) == []


def test_new_public_method_is_a_finding() -> None:
    report = reviewed(created(METHOD, **method("NONE")), created(INTEGRATION, **integration("AWS_PROXY")))
    assert texts(report) == ["requires no authorization for `GET`"]


def test_mock_of_unknown_resource_does_not_count() -> None:
    """In a module the API resources are unknown: two unknown values do not count as equal."""
    unknown = {"resource_id": None}
    mock = created(f"module.m.{INTEGRATION}", **integration("MOCK", **unknown))
    assert only_finding(
        reviewed(created(f"module.m.{METHOD}", **method("NONE", **unknown)), mock)
    ).needs_human


def test_replaced_mock_of_public_method_is_a_finding() -> None:
    change = updated(INTEGRATION, integration("MOCK"), integration("AWS_PROXY"))
    assert (
        only_finding(reviewed(change, state={METHOD: method("NONE")})).text
        == "requires no authorization for `GET`"
    )
    assert texts(reviewed(change, state={METHOD: method("AWS_IAM")})) == []


def test_mock_is_recognized_in_synths() -> None:
    def stack(authorization: str) -> JSON:
        kinds = {"aws_api_gateway_method": {"m": method(authorization)}}
        return {"resource": {**kinds, "aws_api_gateway_integration": {"i": integration("MOCK")}}}

    assert texts(compared(stack("AWS_IAM"), stack("NONE"))) == []
