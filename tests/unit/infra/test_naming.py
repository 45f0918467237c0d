import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.naming import LIMITS, Names, NamingError, State
from tests.settings import settings_from

ACCOUNT = "${data.aws_caller_identity.caller.account_id}"


def _names(**variables: str) -> Names:
    return Names(settings_from(**variables), account_id=ACCOUNT)


def test_the_pattern_of_the_requirements() -> None:
    names = _names(ENVIRONMENT="production", ENVIRONMENT_SUFFIX="synthtrainr963")
    assert names.of("lambda", "get-handler") == "trainr963-synthtrainr963-lambda-get-handler-production"
    assert names.of("s3", "lambda-deploy") == "trainr963-synthtrainr963-s3-lambda-deploy-production"


def test_other_patterns_can_be_had() -> None:
    assert _names(NAME_PATTERN="tap-{environment}-{name}").of("s3", "requests") == "tap-dev-requests"
    with_account = _names(NAME_PATTERN="{company}-{name}-{account}")
    assert with_account.of("s3", "files") == f"trainr-files-{ACCOUNT}"


def test_state_follows_project_suffix_environment_and_region() -> None:
    chosen = settings_from(
        PROJECT="shop", ENVIRONMENT_SUFFIX="pr7", ENVIRONMENT="test", AWS_REGION="eu-west-1"
    )
    assert State.of(chosen) == State(
        "shop-pr7-terraform-state-test", "shop/pr7/test/terraform.tfstate", "eu-west-1"
    )
    elsewhere = settings_from(STATE_BUCKET="elsewhere", STATE_KEY="k", STATE_REGION="us-east-2")
    assert State.of(elsewhere) == State("elsewhere", "k", "us-east-2")
    assert len(State.of(settings_from(PROJECT="p" * 32, ENVIRONMENT_SUFFIX="s" * 32)).bucket) == 63


def test_a_name_asked_for_twice_is_the_same() -> None:
    names = _names()
    assert names.of("lambda", "a") == names.of("lambda", "a")


def test_names_that_collide_are_refused() -> None:
    names = _names(NAME_PATTERN="{project}-{component}")
    names.of("lambda", "a")
    names.of("s3", "a")
    with pytest.raises(
        NamingError, match=r"gives lambda 'a' and 'b' the same name 'trainr963-lambda'; add \{name\}"
    ):
        names.of("lambda", "b")


def test_long_names_are_shortened_by_a_stable_hash() -> None:
    names = _names(PROJECT="p" * 30, ENVIRONMENT_SUFFIX="s" * 20)
    first, second = names.of("lambda", "get-handler"), names.of("lambda", "put-handler")
    assert len(first) <= LIMITS["lambda"]
    assert first != second
    assert first == _names(PROJECT="p" * 30, ENVIRONMENT_SUFFIX="s" * 20).of("lambda", "get-handler")


def test_an_account_that_would_be_cut_is_refused() -> None:
    names = _names(NAME_PATTERN="{project}-{name}-{account}", PROJECT="p" * 32)
    with pytest.raises(NamingError, match=r"is too long for s3 \(63 characters\)"):
        names.of("s3", "n" * 20)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{nothing}-{name}", "names 'nothing'; its fields are project"),
        ("Upper-{name}", "'Upper-a' is no bucket name"),
        ("a b {name}", "is no bucket name"),
    ],
)
def test_patterns_that_cannot_be_used(pattern: str, message: str) -> None:
    with pytest.raises(NamingError, match=message):
        _names(NAME_PATTERN=pattern).of("s3", "a")


def test_characters_that_other_services_refuse() -> None:
    with pytest.raises(NamingError, match="has characters that AWS refuses"):
        _names(NAME_PATTERN="a b {name}").of("lambda", "a")


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True),
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True),
    st.sampled_from(sorted(LIMITS)),
)
def test_every_name_fits_its_service(project: str, suffix: str, component: str) -> None:
    name = _names(PROJECT=project, ENVIRONMENT_SUFFIX=suffix).of(component, "a-rather-long-function-name")
    assert len(name) <= LIMITS[component]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", name)
