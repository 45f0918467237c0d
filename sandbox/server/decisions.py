"""Record the decisions of IAM, so that tests can compare what roles use with what they are granted."""

import json
from typing import Any, TextIO

from ministack.core import iam_evaluator


def record_decisions(file: TextIO) -> None:
    """Write a line of JSON to `file` for each decision of MiniStack's IAM about anybody but the root.

    `principal`, `action`, `resource` and `decision`: Allow, ImplicitDeny (no policy allows it) or Deny.
    """
    enforce = iam_evaluator.enforce

    def enforce_and_record(key: str, action: str, service: str, region: str, **request: Any) -> Any:  # noqa: ANN401 - MiniStack has no types
        refusal = enforce(key, action, service, region, **request)
        principal = iam_evaluator.caller_arn()
        if not principal.endswith(":root"):
            decision = "Allow" if refusal is None else getattr(refusal, "decision", "Deny")
            resource = request.get("resource_arn", "*")
            line = {"principal": principal, "action": action, "resource": resource, "decision": decision}
            file.write(json.dumps(line) + "\n")
        return refusal

    iam_evaluator.enforce = enforce_and_record
