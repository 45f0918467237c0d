"""Plans and synths in a few words."""

import json
from collections.abc import Sequence
from typing import Any

from review import planfile, policies, synths
from review.change import Change
from review.findings.finding import Finding
from review.plan import Plan, unindexed
from review.policies import Statement
from review.report import Report, review

JSON = dict[str, Any]
ACTIONS = {"replace": ["delete", "create"]}


def resource(
    address: str, action: str | list[str], before: JSON | None, after: JSON | None, **more: object
) -> JSON:
    """An entry of `resource_changes`; `more` goes into its `change`, save what belongs beside it."""
    beside = ("action_reason", "previous_address", "deposed", "mode", "type")
    outer = {name: more.pop(name) for name in beside if name in more}
    actions = action if isinstance(action, list) else ACTIONS.get(action, [action])
    kind = unindexed(address).rpartition(".")[0].rpartition(".")[2]
    return {
        "address": address,
        "type": kind,
        **outer,
        "change": {"actions": actions, "before": before, "after": after, **more},
    }


def created(address: str, **after: object) -> JSON:
    return resource(address, "create", None, after)


def updated(address: str, before: JSON, after: JSON, **more: object) -> JSON:
    return resource(address, "update", before, after, **more)


def deleted(address: str, **before: object) -> JSON:
    return resource(address, "delete", before, None)


def document(*resources: JSON, state: JSON | None = None, **more: object) -> JSON:
    """A plan as `terraform show -json` prints it; `state` has attributes by address."""
    known = [{"address": address, "type": "", "values": values} for address, values in (state or {}).items()]
    prior = {"values": {"root_module": {"resources": known}}}
    return {"format_version": "1.2", "resource_changes": list(resources), "prior_state": prior, **more}


def plan(*resources: JSON, synth: JSON | None = None, **more: Any) -> Plan:  # noqa: ANN401
    blocks = synths.blocks(synths.parse(synth, "synth")) if synth else {}
    return planfile.read(document(*resources, **more), "plan.json", blocks)


def reviewed(*resources: JSON, **more: Any) -> Report:  # noqa: ANN401
    return review(plan(*resources, **more))


def compared(base: JSON, head: JSON) -> Report:
    """The review of two synths; each has sections of `cdk.tf.json`."""
    parsed = (synths.parse({"terraform": {}, **each}, "cdk.tf.json") for each in (base, head))
    return review(synths.compared(*parsed))


def one(report: Report) -> Finding:
    """The only finding."""
    assert len(report.findings) == 1, [each.text for each in report.findings]
    return report.findings[0]


def texts(report: Report) -> list[str]:
    return [each.text for each in report.findings]


def only(report: Report) -> Change:
    """The only change."""
    assert len(report.plan.changes) == 1
    return report.plan.changes[0]


def policy(*statements: JSON) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    actions: str | Sequence[str],
    resources: str | Sequence[str] | None = None,
    effect: str = "Allow",
    **more: Any,  # noqa: ANN401
) -> JSON:
    where = {} if resources is None else {"Resource": resources}
    return {"Effect": effect, "Action": actions, **where, **more}


def deny(actions: str | Sequence[str], resources: str | Sequence[str] | None = None, **more: object) -> JSON:
    return allow(actions, resources, "Deny", **more)


def parsed(document: Sequence[JSON]) -> list[Statement]:
    """The statements of a policy."""
    found = policies.parse(json.dumps({"Statement": document}))
    assert found is not None
    return found
