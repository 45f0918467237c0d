"""P11: policies of the resources deny calls without TLS."""

from pathlib import Path

import pytest

from assurance.loaded_stack import LoadedStack
from assurance.proof.figures import ProofError
from assurance.proof.transport import ALLOWED, RESOURCE_TYPES, calls_of, check
from assurance.settings import settings_from
from infra.stack import synthesize
from sandbox.engines.loader.load import load
from sandbox.server.process import start


def test_every_call_is_allowed_over_tls(stack: LoadedStack) -> None:
    calls = list(calls_of(stack.server, stack.loaded))
    assert {call.resource_type for call in calls} == set(RESOURCE_TYPES)
    check({call.name: call.outcome() for call in calls}, allowed=True)


def test_policies_deny_every_call_over_plain_http(tmp_path: Path) -> None:
    server = start(tmp_path / "aws", tls=False)
    try:
        loaded = load(synthesize(settings_from(), tmp_path / "out"), server)
        calls = list(calls_of(server, loaded))
        assert {call.resource_type for call in calls} == set(RESOURCE_TYPES)
        check({call.name: call.outcome() for call in calls}, allowed=False)
        bucket = loaded.outputs["uploads-bucket-name"]
        server.client("s3").delete_bucket_policy(Bucket=bucket)
        bucket_calls = [call for call in calls if "aws_s3_bucket.uploads" in call.name]
        # Without the policy, the calls are allowed.
        check({call.name: call.outcome() for call in bucket_calls}, allowed=True)
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("outcomes", "allowed"),
    [({"a": ALLOWED, "b": "not authorized"}, True), ({"a": ALLOWED}, False), ({}, True), ({}, False)],
)
def test_unexpected_outcomes_fail_the_proof(outcomes: dict[str, str], *, allowed: bool) -> None:
    with pytest.raises(ProofError, match="transport: not every call is"):
        check(outcomes, allowed=allowed)
