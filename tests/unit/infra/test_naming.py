import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assurance.settings import settings_from
from infra.naming import RULES, Names, NamingError, State

ACCOUNT = "${data.aws_caller_identity.caller.account_id}"


def _names(**variables: str) -> Names:
    return Names(settings_from(**variables), account_id=ACCOUNT)


def test_default_pattern() -> None:
    names = _names(ENVIRONMENT="production", ENVIRONMENT_SUFFIX="synthtrainr963")
    assert names.of("lambda", "get-handler") == "trainr963-synthtrainr963-lambda-get-handler-production"
    assert names.of("s3", "lambda-deploy") == "trainr963-synthtrainr963-s3-lambda-deploy-production"


def test_custom_patterns() -> None:
    assert _names(NAME_PATTERN="tap-{environment}-{name}").of("s3", "requests") == "tap-dev-requests"
    with_account = _names(NAME_PATTERN="{company}-{name}-{account}")
    assert with_account.of("s3", "files") == f"trainr-files-{ACCOUNT}"


def test_state_follows_project_suffix_environment_and_region() -> None:
    settings = settings_from(
        PROJECT="shop", ENVIRONMENT_SUFFIX="pr7", ENVIRONMENT="test", AWS_REGION="eu-west-1"
    )
    assert State.of(settings) == State(
        "shop-pr7-terraform-state-test", "shop/pr7/test/terraform.tfstate", "eu-west-1"
    )
    custom = settings_from(STATE_BUCKET="bucket", STATE_KEY="k", STATE_REGION="us-east-2")
    assert State.of(custom) == State("bucket", "k", "us-east-2")
    assert len(State.of(settings_from(PROJECT="p" * 32, ENVIRONMENT_SUFFIX="s" * 32)).bucket) == 63


def test_a_name_is_the_same_each_time() -> None:
    names = _names()
    assert names.of("lambda", "a") == names.of("lambda", "a")


def test_equal_names_are_rejected() -> None:
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
    assert len(first) <= RULES["lambda"].limit
    assert first != second
    assert first == _names(PROJECT="p" * 30, ENVIRONMENT_SUFFIX="s" * 20).of("lambda", "get-handler")


def test_a_pattern_that_truncates_the_account_id_is_rejected() -> None:
    names = _names(NAME_PATTERN="{project}-{name}-{account}", PROJECT="p" * 32)
    with pytest.raises(NamingError, match=r"is too long for s3 \(63 characters\)"):
        names.of("s3", "n" * 20)


@pytest.mark.parametrize(
    ("pattern", "component"),
    [
        ("Upper-{name}", "s3"),
        ("dotted.{name}", "s3"),
        ("dotted.{name}", "lambda"),
        ("dotted.{name}", "kms"),
        ("a b {name}", "sns"),
        ("zoë-{name}", "dynamodb"),
        ("aws-{name}", "ssm"),
        ("sg-{name}", "ec2"),
    ],
)
def test_names_that_a_service_rejects_are_rejected(pattern: str, component: str) -> None:
    with pytest.raises(NamingError, match=f"is not a valid name for {component}"):
        _names(NAME_PATTERN=pattern).of(component, "a")


def test_one_name_can_contain_the_account_id() -> None:
    assert _names().of("s3", "files", with_account=True) == f"trainr963-main-s3-files-dev-{ACCOUNT}"
    long = _names(PROJECT="p" * 32, ENVIRONMENT_SUFFIX="s" * 32).of("s3", "files", with_account=True)
    assert long.endswith(f"-{ACCOUNT}")
    assert len(long.replace(ACCOUNT, "0" * 12)) == 63
    pattern = _names(NAME_PATTERN="{name}-{account}").of("s3", "files", with_account=True)
    assert pattern == f"files-{ACCOUNT}"


def test_names_can_contain_the_region() -> None:
    names = _names(NAME_PATTERN="{project}-{region}-{name}", AWS_REGION="us-west-2")
    assert names.of("iam", "flow-logs") == "trainr963-us-west-2-flow-logs"


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True),
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True),
    st.sampled_from(sorted(RULES)),
)
def test_every_name_is_valid_for_its_service(project: str, suffix: str, component: str) -> None:
    assume(not project.startswith(("aws", "ssm", "sg-", "xn--")))
    name = _names(PROJECT=project, ENVIRONMENT_SUFFIX=suffix).of(component, "a-rather-long-function-name")
    assert len(name) <= RULES[component].limit
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", name)
