"""P11: what is called without TLS is refused by the resources' own policies."""

from pathlib import Path

import pytest

from assurance.loaded_stack import LoadedStack
from assurance.proof.figures import ProofError
from assurance.proof.transport import KINDS, calls_of, check
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import load
from sandbox.server.process import start


def test_over_tls_every_call_passes(stack: LoadedStack) -> None:
    calls = list(calls_of(stack.server, stack.loaded))
    assert {call.kind for call in calls} == set(KINDS)
    check({call.name: call.outcome() for call in calls}, passing=True)


def test_over_plain_http_the_policies_refuse_every_call(tmp_path: Path) -> None:
    server = start(tmp_path / "aws", tls=False)
    try:
        loaded = load(synthesize(settings_from(), tmp_path / "out"), server)
        calls = list(calls_of(server, loaded))
        assert {call.kind for call in calls} == set(KINDS)
        check({call.name: call.outcome() for call in calls}, passing=False)
        bucket = loaded.outputs["uploads-bucket-name"]
        server.client("s3").delete_bucket_policy(Bucket=bucket)
        left = [call for call in calls if "aws_s3_bucket.uploads" in call.name]
        # It is the policy that has refused: without it they pass.
        check({call.name: call.outcome() for call in left}, passing=True)
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("outcomes", "passing"),
    [({"a": "passed", "b": "not authorized"}, True), ({"a": "passed"}, False), ({}, True), ({}, False)],
)
def test_what_is_not_as_it_should_be_is_named(outcomes: dict[str, str], *, passing: bool) -> None:
    with pytest.raises(ProofError, match="transport is not as the policies say"):
        check(outcomes, passing=passing)
