"""Workloads are switched by a setting."""

from itertools import combinations

import pytest

from infra.settings import WORKLOADS
from tests.synthesis import Synthesize
from tests.template import Template, construct_path

SUBSETS = [",".join(subset) for n in (1, len(WORKLOADS) - 1) for subset in combinations(WORKLOADS, n)]
"""Each alone, and all but each."""


@pytest.mark.parametrize("subset", [*SUBSETS, "none"])
def test_a_workload_changes_nothing_of_another(synthesize: Synthesize, stack: Template, subset: str) -> None:
    part = synthesize(WORKLOADS=subset)
    chosen = {"platform", *subset.split(",")}
    expected = {
        address: attributes
        for address, attributes in stack.resources().items()
        if construct_path(attributes).partition("/")[0] in chosen
    }
    assert part.resources() == expected
    assert "removed" not in part.document


@pytest.mark.parametrize("off", WORKLOADS)
def test_one_that_is_off_leaves_its_data_where_it_is_protected_and_nothing_elsewhere(
    synthesize: Synthesize, production: Template, off: str
) -> None:
    others = ",".join(name for name in WORKLOADS if name != off)
    part = synthesize(ENVIRONMENT="production", ENVIRONMENT_SUFFIX="synthtrainr963", WORKLOADS=others)
    removed = {item["from"] for item in part.document["removed"]}
    whole = production.resources()
    own = {address for address in whole if construct_path(whole[address]).startswith(f"{off}/")}
    guarded = {address for address in own if whole[address].get("lifecycle", {}).get("prevent_destroy")}
    assert guarded
    assert guarded <= removed <= own
    assert all(item["lifecycle"] == {"destroy": False} for item in part.document["removed"])
    # A kept bucket without its policy and its public access block would be worse off than before.
    rooms = {construct_path(whole[address]).rpartition("/")[0] for address in guarded}
    assert removed == {a for a in own if construct_path(whole[a]).rpartition("/")[0] in rooms}
    lifted = synthesize(ENVIRONMENT="production", PROTECTION="lifted", WORKLOADS=others)
    assert "removed" not in lifted.document
