import pytest

from tests.unit.review.api_documents import (
    KEY,
    SCHEMES,
    changed,
    changed_operation,
    described,
    document,
    operation,
)
from tests.unit.review.builders import JSON, only_finding, reviewed, texts

STRICT = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}, "required": ["name"],
          "additionalProperties": False}  # fmt: skip


@pytest.mark.parametrize(
    ("loose", "expected"),
    [
        ({"required": []}, "`name.required` `true` → `none`"),
        ({"additionalProperties": True}, "`additionalProperties` `false` → `true`"),
        ({"properties": {"name": {"type": "string", "maxLength": 9}}}, "`name.maxLength` `5` → `9`"),
        ({"type": ["object", "null"]}, '`type` `object` → `["object", "null"]`'),
    ],
)
def test_a_body_that_widens_is_a_finding(loose: JSON, expected: str) -> None:
    strict, wide = (operation(KEY, schema=schema, validator="all") for schema in (STRICT, STRICT | loose))
    assert described(reviewed(changed_operation(strict, wide))) == [
        ("protection", f"accepts more in `application/json` bodies of `POST /a`: {expected}", True)
    ]
    assert texts(reviewed(changed_operation(wide, strict))) == []


def test_a_new_optional_property_needs_no_human() -> None:
    wide = STRICT | {"properties": STRICT["properties"] | {"note": {"type": "string"}}}  # type: ignore[operator]
    before, after = (operation(KEY, schema=schema, validator="all") for schema in (STRICT, wide))
    assert described(reviewed(changed_operation(before, after))) == [
        ("protection", "accepts more in `application/json` bodies of `POST /a`: a new property `note`", False)
    ]


def test_a_shared_model_that_widens_is_named_for_each_route() -> None:
    schema = {"$ref": "#/components/schemas/Name"}
    item = {verb: operation(KEY, schema=schema, validator="all") for verb in ("post", "put")}
    before, after = (
        document({"/a": item}, components={"schemas": {"Name": {"enum": names}}, "securitySchemes": SCHEMES})
        for names in (["a"], ["a", "b"])
    )
    assert texts(reviewed(changed(before, after))) == [
        f'accepts more in `application/json` bodies of `{verb} /a`: `enum` `["a"]` → `["a", "b"]`'
        for verb in ("POST", "PUT")
    ]


def test_a_body_that_only_the_function_checks_needs_no_human() -> None:
    before, after = (
        operation(KEY, schema=schema, validator="parameters") for schema in ({"type": "object"}, {})
    )
    bodies = "`application/json` bodies of `POST /a`, as documented"
    assert described(reviewed(changed_operation(before, after))) == [
        (
            "protection",
            f"accepts more in {bodies}; API Gateway does not validate them: `type` `object` → `none`",
            False,
        )
    ]


def test_many_widenings_are_counted() -> None:
    names = [f"n{index}" for index in range(12)]
    before = STRICT | {"properties": {name: {} for name in names}, "required": names}
    change = changed_operation(*(operation(KEY, schema=before | {"required": required}, validator="all")
                                 for required in (names, [])))  # fmt: skip
    assert only_finding(reviewed(change)).text.endswith("`n7.required` `true` → `none` and 4 more")


def test_a_body_without_a_model_is_a_finding() -> None:
    before, after = (operation(KEY, schema=schema, validator="all") for schema in (STRICT, None))
    assert texts(reviewed(changed_operation(before, after))) == [
        "no longer validates `application/json` bodies of `POST /a`"
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("all", "parameters", ["body"]),
        ("parameters", None, ["parameters"]),
        ("all", None, ["body", "parameters"]),
        ("all", "gone", ["body", "parameters"]),
        (None, "all", []),
    ],
)
def test_a_validator_that_goes_is_a_finding(
    before: str | None, after: str | None, expected: list[str]
) -> None:
    operations = (operation(KEY, schema=STRICT, validator=name) for name in (before, after))
    change = changed_operation(*operations)
    assert texts(reviewed(change)) == [f"no longer validates the {part} of `POST /a`" for part in expected]


def test_the_validator_of_the_document_applies_to_operations_without_one() -> None:
    before, after = (
        document({"/a": {"post": operation(KEY)}}, **{"x-amazon-apigateway-request-validator": name})
        for name in ("all", "parameters")
    )
    assert texts(reviewed(changed(before, after))) == ["no longer validates the body of `POST /a`"]


def test_a_parameter_that_is_no_longer_required_is_a_finding() -> None:
    before, after = (
        operation(
            KEY, validator="parameters", parameters=[{"in": "query", "name": "n", "required": required}]
        )
        for required in (True, False)
    )
    assert described(reviewed(changed_operation(before, after))) == [
        ("protection", "no longer requires the `query` parameter `n` for `POST /a`", True)
    ]
