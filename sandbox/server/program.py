"""MiniStack under hypercorn, with what its IAM lacks to hold our roles to their grants.

The program of the server, run by its path (`sandbox/server/process.py`). MiniStack 1.5.33 evaluates
conditions, but leaves the namespace out of the context of a request: a role that may put metrics into one
namespace alone (requirement U4) could put none. The "Actions, resources, and condition keys for Amazon
CloudWatch" of AWS has the key on `PutMetricData`. And it takes a call of Converse for an action of its own,
on a model whose name is the whole ARN; on AWS it is `bedrock:InvokeModel` on that ARN (F5;
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html).

What IAM decides is noted in `decisions.jsonl`: what roles have used of their grants can be asked afterwards.
"""

import json
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import unquote

from hypercorn.__main__ import main
from hypercorn.config import Config
from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped] # MiniStack has no types

NAMESPACE = "cloudwatch:namespace"
CONVERSE = re.compile(r"/model/(arn:.+)/converse")


def namespace(action: str, body: bytes) -> dict[str, str]:
    """Return the condition key of a request, if it is one to put metrics; nothing for any other.

    Of CloudWatch's protocols, JSON is known: the one that the pinned SDK speaks. A request in another
    has no key, so that a grant which asks for one does not reach it.
    """
    if action != "cloudwatch:PutMetricData":
        return {}
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    named = content.get("Namespace") if isinstance(content, dict) else None
    return {NAMESPACE: named} if isinstance(named, str) else {}


def add_condition_keys() -> None:
    """Have MiniStack's IAM see the key: it asks this function what a request brings of its own."""
    others = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
        return {**others(service, action, body, parameters), **namespace(action, body)}

    iam_actions.request_tag_context = context


def model(service: str, path: str) -> str | None:
    """Return the ARN of the model that a call of Converse is for, if it is one and names it so."""
    called = CONVERSE.fullmatch(unquote(path)) if service == "bedrock-runtime" else None
    return called and called[1]


def judge_converse_as_aws_does() -> None:
    """Have MiniStack's IAM see the action and the resource that AWS's sees."""
    action_of, resource_of = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def action(service: str, method: str, path: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401
        called = model(service, path)
        return "bedrock:InvokeModel" if called else action_of(service, method, path, *rest, **more)

    def resource(service: str, method: str, path: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401
        return model(service, path) or resource_of(service, method, path, *rest, **more)

    iam_actions.extract_iam_action, iam_actions.extract_resource_arn = action, resource


def note_decisions(file: TextIO) -> None:
    """Have a line of JSON written for each call that IAM has judged, of whoever is not the root.

    `principal`, `action`, `resource` and `decision`: Allow, ImplicitDeny (nothing allows it) or Deny.
    """
    enforce = iam_evaluator.enforce

    def noted(key: str, action: str, service: str, region: str, **more: Any) -> Any:  # noqa: ANN401
        refusal = enforce(key, action, service, region, **more)
        principal = iam_evaluator.caller_arn()
        if not principal.endswith(":root"):
            decision = "Allow" if refusal is None else getattr(refusal, "decision", "Deny")
            line = {
                "principal": principal,
                "action": action,
                "resource": more.get("resource_arn", "*"),
                "decision": decision,
            }
            file.write(json.dumps(line) + "\n")
        return refusal

    iam_evaluator.enforce = noted


def end_with_starter() -> None:
    """End this process and its Lambda workers when the process that started it ends.

    The starter holds the other end of the pipe that is our stdin. The system closes it when the starter
    ends, by whatever signal; a line means that the server is detached and runs on.
    """
    if not os.read(sys.stdin.fileno(), 1):
        os.killpg(0, signal.SIGKILL)  # we lead the group, and the workers are in it


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    sys.path.append(str(Path(__file__).resolve().parents[2]))  # last, and for this: `-P` keeps us off it
    from sandbox.patches.answers import answer_as_aws_does
    from sandbox.patches.lambda_workers import keep_to_the_code

    answer_as_aws_does()
    keep_to_the_code()
    # Hypercorn 0.18 ends a connection at its thousandth request, and in HTTP/2 loses the answers to all that
    # are under way on it: to programs in Go, which ask for HTTP/2 (Terraform's provider is one), as errors.
    Config.keep_alive_max_requests = sys.maxsize
    add_condition_keys()
    judge_converse_as_aws_does()
    with Path("decisions.jsonl").open("w", buffering=1) as decisions:  # in the server's own directory
        note_decisions(decisions)
        sys.exit(main())
