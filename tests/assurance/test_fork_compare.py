"""The parts of the comparison that do not need the fork."""

from pathlib import Path

import pytest

from assurance.fork.compare import EXPECTED, Difference, differences, faults
from assurance.fork.move import ROOT, ForkError, commands, move

VERSIONS = [
    Difference(place, "aws", "hashicorp/aws") if "source" in place else Difference(place, "1.2.3", "1.2.4")
    for place in EXPECTED
]


def _differences(original: str, fork: str) -> list[str]:
    files = [{"stacks/serverless/cdk.tf.json": text.encode()} for text in (original, fork)]
    return [str(difference) for difference in differences(*files)]


@pytest.mark.parametrize(
    ("original", "fork", "expected"),
    [
        ('{"a": [1, {"b": "c"}]}', '{"a": [1, {"b": "d"}]}', ["a[1].b: c -> d"]),
        ('{"a": [1]}', '{"a": [1, 2]}', ["a: [1] -> [1, 2]"]),
        ('{"a": {"b": 1}}', '{"a": {}}', ["a.b: 1 -> missing"]),
        ('{"a": null}', "{}", ["a: null -> missing"]),
        ('{"a": true}', '{"a": 1}', ["a: true -> 1"]),
        ('{"a": 1, "b": true}', '{"b": true, "a": 1}', []),
    ],
)
def test_json_is_compared_value_by_value(original: str, fork: str, expected: list[str]) -> None:
    assert _differences(original, fork) == [f"cdk.tf.json: {line}" for line in expected]


def test_other_files_must_exist_and_be_equal() -> None:
    assert list(differences({"a.zip": b"1", "b.zip": b"1"}, {"a.zip": b"2", "c.zip": b"1"})) == [
        Difference("a.zip", "1 bytes", "1 other bytes"),
        Difference("b.zip", "exists", "missing"),
        Difference("c.zip", "missing", "exists"),
    ]


def test_only_versions_may_differ() -> None:
    other = Difference("cdk.tf.json: resource.aws_s3_bucket.a.bucket", "1.2.3", "1.2.4")
    source = Difference("cdk.tf.json: terraform.required_providers.aws.source", "aws", "elsewhere/aws")
    assert faults(VERSIONS) == []
    assert faults([*VERSIONS, other, source]) == [str(other), str(source)]


def test_equal_versions_are_a_fault() -> None:
    assert faults(VERSIONS[1:]) == ["cdk.tf.json: //.metadata.version: equal, so the fork was not used"]


def test_commands_of_the_document_leave_no_cdktf(tmp_path: Path) -> None:
    copy = tmp_path / "src"
    move(copy)
    remaining = [
        f"{path.relative_to(copy)}: {line}"
        for path in (*copy.rglob("*.py"), *copy.rglob("*.cjs"), copy / "pyproject.toml")
        for line in path.read_text().splitlines()
        if "cdktf_cdktf" in line or "@cdktf" in line or "import cdktf" in line or "from cdktf" in line
    ]
    assert remaining == []
    assert not list(copy.rglob("*.bak"))
    moved, locked = (
        (directory / "Pipfile").read_text().splitlines() for directory in (copy, ROOT / "assurance/fork")
    )
    pins = [line for line in locked if line.startswith("cdktn")]
    assert [line for line in moved if line.startswith("cdkt")] == pins


def test_failing_commands_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assurance.fork.move.commands", lambda: "rm nothing-there\n" + commands())
    with pytest.raises(ForkError, match=r"the commands of fork.md ended with 1: .*nothing-there"):
        move(tmp_path / "src")
