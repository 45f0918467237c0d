"""Builds short plans and synthesized stacks, and the reports of their review."""

import json
from collections.abc import Sequence
from typing import Any

from review import planfile, policies, synths
from review.change import Change
from review.findings.finding import Finding
from review.plan import Plan, without_instance_keys
from review.policies import Statement
from review.report import Report, review

JSON = dict[str, Any]
ACTIONS = {"replace": ["delete", "create"]}


def resource(
    address: str, action: str | list[str], before: JSON | None, after: JSON | None, **more: object
) -> JSON:
    """Return an entry of `resource_changes`; `more` goes into its `change` or into the entry itself."""
    entry_names = ("action_reason", "previous_address", "deposed", "mode", "type")
    outer = {name: more.pop(name) for name in entry_names if name in more}
    actions = action if isinstance(action, list) else ACTIONS.get(action, [action])
    return {
        "address": address,
        "type": without_instance_keys(address).rpartition(".")[0].rpartition(".")[2],
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
    """Return a plan as `terraform show -json` prints it; `state` contains attributes by address."""
    resources_in_state = [
        {"address": address, "type": "", "values": values} for address, values in (state or {}).items()
    ]
    prior = {"values": {"root_module": {"resources": resources_in_state}}}
    return {"format_version": "1.2", "resource_changes": list(resources), "prior_state": prior, **more}


def plan(*resources: JSON, synth: JSON | None = None, **more: Any) -> Plan:  # noqa: ANN401 - any JSON
    blocks = synths.blocks(synths.parse(synth, "synth")) if synth else {}
    return planfile.read(document(*resources, **more), "plan.json", blocks)


def reviewed(*resources: JSON, **more: Any) -> Report:  # noqa: ANN401 - any JSON
    return review(plan(*resources, **more))


def compared(base: JSON, head: JSON) -> Report:
    """Return the review of two synths, each given by sections of `cdk.tf.json`."""
    stacks = (synths.parse({"terraform": {}, **stack}, "cdk.tf.json") for stack in (base, head))
    return review(synths.compare_stacks(*stacks))


def only_finding(report: Report) -> Finding:
    """Return the only finding of a report."""
    assert len(report.findings) == 1, [finding.text for finding in report.findings]
    return report.findings[0]


def texts(report: Report) -> list[str]:
    return [finding.text for finding in report.findings]


def only_change(report: Report) -> Change:
    """Return the only change of a report."""
    assert len(report.plan.changes) == 1
    return report.plan.changes[0]


def policy(*statements: JSON) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    actions: str | Sequence[str],
    resources: str | Sequence[str] | None = None,
    effect: str = "Allow",
    **more: Any,  # noqa: ANN401 - any JSON
) -> JSON:
    resource_element = {} if resources is None else {"Resource": resources}
    return {"Effect": effect, "Action": actions, **resource_element, **more}


def deny(actions: str | Sequence[str], resources: str | Sequence[str] | None = None, **more: object) -> JSON:
    return allow(actions, resources, "Deny", **more)


def parsed(document: Sequence[JSON]) -> list[Statement]:
    """Return the statements of a policy."""
    statements = policies.parse(json.dumps({"Statement": document}))
    assert statements is not None
    return statements
