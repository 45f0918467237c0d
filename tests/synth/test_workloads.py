"""A setting enables workloads."""

from itertools import combinations

import pytest

from infra.settings import WORKLOADS
from tests.synthesis import Synthesize
from tests.template import Template, construct_path

SUBSETS = [",".join(subset) for n in (1, len(WORKLOADS) - 1) for subset in combinations(WORKLOADS, n)]
"""Each workload alone, and all without each."""


@pytest.mark.parametrize("subset", [*SUBSETS, "none"])
def test_a_workload_does_not_change_the_resources_of_another(
    synthesize: Synthesize, stack: Template, subset: str
) -> None:
    part = synthesize(WORKLOADS=subset)
    chosen = {"platform", *subset.split(",")}
    expected = {
        address: attributes
        for address, attributes in stack.resources().items()
        if construct_path(attributes).partition("/")[0] in chosen
    }
    assert part.resources() == expected
    assert "removed" not in part.document


@pytest.mark.parametrize("disabled", WORKLOADS)
def test_data_of_a_disabled_workload_is_retained_only_if_protected(
    synthesize: Synthesize, production: Template, disabled: str
) -> None:
    others = ",".join(name for name in WORKLOADS if name != disabled)
    part = synthesize(ENVIRONMENT="production", ENVIRONMENT_SUFFIX="synthtrainr963", WORKLOADS=others)
    removed = {item["from"] for item in part.document["removed"]}
    whole = production.resources()
    own = {address for address in whole if construct_path(whole[address]).startswith(f"{disabled}/")}
    protected = {address for address in own if whole[address].get("lifecycle", {}).get("prevent_destroy")}
    assert protected
    assert protected <= removed <= own
    assert all(item["lifecycle"] == {"destroy": False} for item in part.document["removed"])
    # Without its policy and public access block, a retained bucket would be exposed.
    constructs = {construct_path(whole[address]).rpartition("/")[0] for address in protected}
    assert removed == {
        address for address in own if construct_path(whole[address]).rpartition("/")[0] in constructs
    }
    lifted = synthesize(ENVIRONMENT="production", PROTECTION="lifted", WORKLOADS=others)
    assert "removed" not in lifted.document
