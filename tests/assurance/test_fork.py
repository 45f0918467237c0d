"""The fork itself, in the virtual environment that ``make fork`` makes; that takes all settings, this one."""

from pathlib import Path

import pytest

from assurance.fork.compare import PYTHON, Difference, compare, faults
from assurance.fork.move import DOCUMENT, ForkError, move

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make fork installs cdktn")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Difference]:
    copy = tmp_path_factory.mktemp("fork") / "src"
    move(copy)
    return compare("everything", copy)


def test_the_stack_differs_in_versions_alone(found: list[Difference]) -> None:
    assert faults(found) == []


def test_the_document_has_the_versions(found: list[Difference]) -> None:
    rows = DOCUMENT.read_text().replace("`", "").splitlines()
    for difference in found:
        end = f"| {difference.ours} | {difference.theirs} |"
        assert any(difference.place in row and row.endswith(end) for row in rows), difference


def test_a_stack_that_cannot_be_synthesized_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import cdktf\n")
    with pytest.raises(ForkError, match=r"main.py ended with 1 on the fork: .*No module named 'cdktf'$"):
        compare("no workload", tmp_path)
