"""Patches of who is let in: nobody without a key and its secret."""
# ruff: noqa: SLF001 - MiniStack has no public name for the keys whose signatures it does not verify

import hashlib
import os
import re
import secrets
from types import SimpleNamespace
from typing import Any

from ministack.core import iam_actions, iam_evaluator, lambda_runtime, sigv4
from ministack.core.iam_evaluator import AuthError
from ministack.core.responses import get_account_id
from ministack.services import sts

ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
MISMATCH = "XAmzContentSHA256Mismatch"
PUBLIC_ACTIONS = ("execute-api:Invoke", "lambda:InvokeFunctionUrl")
"""What MiniStack lets the API or the function's URL decide."""
PRIVATE_S3_ACTIONS = ("s3:CreateBucket", "s3:ListAllMyBuckets")
"""The actions of S3 on no existing bucket, whose policy could decide."""


def verify_signatures_of_root() -> None:
    """Verify the signatures of the root user, and accept only the server's own key for it.

    AWS: Verifies every signature
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).

    MiniStack: Verifies those of IAM users and sessions. It does not verify those of the root user, and
    accepts the keys `test`, every account id and no key at all for it. The ids of other accounts remain keys
    of their root users, with the server's secret: tests have accounts of their own that way.
    """
    identify = iam_evaluator.resolve_caller_identity

    def is_root(key: str) -> bool:
        is_other_account = ACCOUNT_ID.fullmatch(key) and key != os.environ["MINISTACK_ACCOUNT_ID"]
        return not key or key == os.environ["AWS_ACCESS_KEY_ID"] or bool(is_other_account)

    def resolve_caller_identity(key: str) -> dict[str, Any] | None:
        if not key or not is_root(key):
            identity: dict[str, Any] | None = identify(key)
            return identity
        account = get_account_id()
        return {
            "accessKey": key,
            "accountId": account,
            "userArn": f"arn:aws:iam::{account}:root",
            "userId": account,
            "principalOrgId": iam_evaluator._principal_org_id(account),
            "session": None,
        }

    iam_evaluator.is_root_access_key = sts.is_root_access_key = is_root
    iam_evaluator._is_root_key = lambda _key: False  # whose signatures are not verified
    iam_evaluator.resolve_caller_identity = resolve_caller_identity


def refuse_calls_without_key() -> None:
    """Refuse calls without a key, except those of APIs, of function URLs and of existing buckets.

    AWS: Only what is public is open to everybody.

    MiniStack: A call with another `Authorization` header than a signature, such as `Bearer x`, acts as the
    root user. Calls without the header list and create buckets, and call what no IAM action covers. The few
    calls that AWS serves unsigned, such as AssumeRoleWithWebIdentity, are refused here, because MiniStack
    does not verify the tokens in them.
    """
    enforce, check = iam_evaluator.enforce, iam_evaluator.check_credentials
    missing = AuthError("MissingAuthenticationToken", "Request is missing Authentication Token")

    def enforce_with_key(key: str, action: str, service: str, region: str, **request: Any) -> Any:  # noqa: ANN401 - MiniStack has no types
        is_public = service == "s3" and action not in PRIVATE_S3_ACTIONS
        if not key and not is_public and action not in PUBLIC_ACTIONS:
            return missing
        return enforce(key, action, service, region, **request)

    def check_with_key(key: str, service: str | None = None) -> AuthError | None:
        if not key and service != "s3":
            return missing
        failure: AuthError | None = check(key, service)
        return failure

    iam_evaluator.enforce, iam_evaluator.check_credentials = enforce_with_key, check_with_key


def verify_hashes_of_bodies() -> None:
    """Compare the hash of the body with the one that is signed.

    AWS: Refuses another body (XAmzContentSHA256Mismatch in
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).

    MiniStack: Believes the header `x-amz-content-sha256`, with which S3's clients sign the body.
    """
    verify = sigv4.header_signature_failure
    message = "The provided 'x-amz-content-sha256' header does not match what was computed."
    others = ("SignatureDoesNotMatch", 403, "InvalidSignatureException")
    iam_actions._AUTH_FAILURES[MISMATCH] = (*others, (MISMATCH, 400, message))

    def signature_failure(*arguments: Any, presigned: bool = False, **options: Any) -> tuple[str, str] | None:  # noqa: ANN401 - MiniStack has no types
        *_, headers, body = arguments
        signed = headers.get("x-amz-content-sha256", "")
        if not presigned and SHA256.fullmatch(signed) and hashlib.sha256(body).hexdigest() != signed:
            return MISMATCH, message
        failure: tuple[str, str] | None = verify(*arguments, presigned=presigned, **options)
        return failure

    sigv4.header_signature_failure = signature_failure


def randomize_credentials_of_functions() -> None:
    """Derive the sessions of functions from a random number of this server.

    AWS: Nobody can compute the credentials of a function.

    MiniStack: They are a hash of the ARNs of the function and its role, which others know.
    """
    key = secrets.token_bytes(32)
    lambda_runtime.hashlib = SimpleNamespace(sha256=lambda content: hashlib.sha256(key + content))
