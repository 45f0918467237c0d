"""The stack on the fork, in the virtual environment that `make fork` creates, in one setting."""

from pathlib import Path

import pytest

from assurance.fork.compare import PYTHON, Difference, compare, faults
from assurance.fork.move import DOCUMENT, ForkError, move

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make fork installs cdktn")


@pytest.fixture(scope="module")
def differences(tmp_path_factory: pytest.TempPathFactory) -> list[Difference]:
    copy = tmp_path_factory.mktemp("fork") / "src"
    move(copy)
    return compare("everything", copy)


def test_stack_differs_only_in_versions(differences: list[Difference]) -> None:
    assert faults(differences) == []


def test_document_contains_the_versions(differences: list[Difference]) -> None:
    rows = DOCUMENT.read_text().replace("`", "").splitlines()
    for difference in differences:
        end = f"| {difference.original} | {difference.fork} |"
        assert any(difference.place in row and row.endswith(end) for row in rows), difference


def test_failed_synth_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import cdktf\n")
    with pytest.raises(ForkError, match=r"main.py ended with 1 on the fork: .*No module named 'cdktf'$"):
        compare("no workload", tmp_path)
