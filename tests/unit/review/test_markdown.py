"""Markdown reports: order, folding, and that no value breaks out of its code span."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from review.markdown import MAX_COMMENT_LENGTH, markdown
from review.report import Report, as_json
from tests.generation import example_count
from tests.unit.review.builders import (
    JSON,
    allow,
    compared,
    created,
    deleted,
    policy,
    resource,
    reviewed,
    updated,
)

TABLE = "aws_dynamodb_table.t"


def headings(report: Report) -> list[str]:
    matches = re.findall(r"^### (.*)$|<summary>(.*?)</summary>", markdown(report), re.MULTILINE)
    return [heading or summary for heading, summary in matches]


def test_sections_are_ordered_by_importance() -> None:
    wide = policy(allow("s3:*", "*"))
    report = reviewed(
        updated("aws_x.a", {"n": 1}, {"n": 2}),
        updated("aws_kms_key.k", {"enable_key_rotation": True}, {"enable_key_rotation": False}),
        updated("aws_iam_role_policy.p", {"role": "r", "policy": policy()}, {"role": "r", "policy": wide}),
        created("aws_vpc_security_group_ingress_rule.r", cidr_ipv4="0.0.0.0/0"),
        created("aws_nat_gateway.n", n=1),
        deleted(TABLE, name="t"),
        updated("aws_x.tags", {"tags": {"a": "1"}}, {"tags": {"a": "2"}}),
        output_changes={"o": {"actions": ["update"], "before": 1, "after": 2}},
        resource_drift=[updated("aws_sqs_queue.q", {"n": 1}, {"n": 2}), deleted("aws_sns_topic.t", name="t")],
    )
    assert headings(report) == [
        "Stateful resources",
        "Public exposure",
        "New permissions",
        "Encryption, protection and logging",
        "Drift that needs attention",
        "Cost: +$32.85 a month, excluding usage",
        "All changes: 6",
        "Outputs: 1",
        "Drift: changed outside Terraform",
    ]
    assert "\n\nOnly tags change (1): `aws_x.tags`.\n" in markdown(report)
    assert report.verdict == (
        "**Needs a human:** stateful resources are at risk (1); resources become public (1);"
        " broad permissions are granted (1); encryption, protection or logging is removed or weakened (1);"
        " outside Terraform, stateful resources are at risk (1)."
        " 2 to create, 4 to update, 1 to destroy, 1 output to change. Outside Terraform, 2 resources changed."
    )


def test_destroyed_resources_come_first() -> None:
    entries = [created("aws_x.a"), updated("aws_x.b", {"n": 1}, {"n": 2}), deleted("aws_x.c")]
    lines = [line for line in markdown(reviewed(*entries)).splitlines() if line.startswith("- `")]
    assert lines == ["- `-` `aws_x.c`", "- `+` `aws_x.a`", "- `~` `aws_x.b`: `n` `1` → `2`"]


def test_line_contains_construct_path_and_previous_address() -> None:
    block = {"n": 2, "//": {"metadata": {"path": "s/b"}}}
    moved = updated("aws_x.b", {"n": 1}, {"n": 2}, previous_address="aws_x.a")
    report = reviewed(moved, synth={"terraform": {}, "resource": {"aws_x": {"b": block}}})
    assert "- `~` `aws_x.b` (`s/b`) (moved from `aws_x.a`): `n` `1` → `2`" in markdown(report)


def test_differences_beyond_the_limit_are_counted() -> None:
    before, after = ({f"n{number}": value for number in range(11)} for value in (1, 2))
    assert "`n6` `1` → `2`, 3 more" in markdown(reviewed(updated("aws_x.a", before, after)))


def test_unknown_values_are_shown_only_if_configured() -> None:
    before = {"memory": 1, "arn": "a", "role": "arn:old"}
    configuration = {
        "root_module": {
            "resources": [
                {"address": "aws_x.a", "expressions": {"role": {"references": ["aws_iam_role.r.arn"]}}}
            ]
        }
    }
    entry = updated("aws_x.a", before, {"memory": 2}, after_unknown={"arn": True, "role": True})
    text = markdown(reviewed(entry, configuration=configuration))
    assert "`memory` `1` → `2`, `role` `arn:old` → `(known after apply)`" in text
    assert "`arn`" not in text
    alone = updated("aws_x.a", {"arn": "a"}, {}, after_unknown={"arn": True})
    assert "`arn` `a` → `(known after apply)`" in markdown(reviewed(alone))


def test_unchanged_plan_is_one_line() -> None:
    same = resource("aws_x.a", "no-op", {"n": 1}, {"n": 1})
    assert markdown(reviewed(same)) == "**No changes.** 1 resource unchanged.\n"
    assert markdown(reviewed()) == "**No changes.**\n"


def test_output_changes_alone_are_reported() -> None:
    outputs = {"o": {"actions": ["create"], "after": "v", "after_unknown": False}}
    outputs |= {"u": {"actions": ["create"], "after_unknown": True}}
    report = reviewed(output_changes=outputs)
    assert report.verdict == "**Fine:** no resources to change, 2 outputs to change."
    assert "- `+` `u`: `none` → `(known after apply)`" in markdown(report)


def test_tag_changes_are_one_line() -> None:
    entries = [updated(f"aws_x.a{number}", {"tags": {}}, {"tags": {"a": "b"}}) for number in range(20)]
    text = markdown(reviewed(*entries))
    assert "Only tags change (20): `aws_x.a0`, " in text
    assert " and 12 more." in text
    assert "All changes" not in text


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (
            1_500,
            "Summary: findings about new resources and all changes are counted, not listed: the full report ",
        ),
        (6_000, "Only counts are shown: the full report has "),
    ],
)
def test_long_report_is_summarized_with_a_notice(count: int, expected: str) -> None:
    entries: list[JSON] = [deleted(f"aws_x.{'a' * 40}{number}") for number in range(count)]
    entries += [deleted(f"aws_sqs_queue.q{number}") for number in range(count // 3)]
    entries += [created(f"aws_lb.l{number}") for number in range(3)]
    text = markdown(reviewed(*entries, complete=False))
    assert len(text) <= MAX_COMMENT_LENGTH
    assert expected in text
    assert text.startswith("**Needs a human:**")
    assert ("aws_sqs_queue.q0" in text) == (count == 1_500)
    assert ("`-` `aws_x`: 1500" in text) == (count == 1_500)
    assert ("- Stateful resources: 2000" in text) == (count == 6_000)


def test_findings_about_new_resources_are_counted_first() -> None:
    trust = policy(allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))
    roles = [created(f"aws_iam_role.{'r' * 40}{number}", assume_role_policy=trust) for number in range(500)]
    text = markdown(reviewed(*roles, updated("aws_sqs_queue.q", {"delay_seconds": 1}, {"delay_seconds": 2})))
    assert len(text) <= MAX_COMMENT_LENGTH
    assert "Findings about new resources are counted, not listed: the full report has " in text
    assert "New permissions, new resources only: 500.\n" in text
    assert "- `~` `aws_sqs_queue.q`: `delay_seconds` `1` → `2`" in text


MALICIOUS = [
    "`EVIL`",
    "``` EVIL",
    "``EVIL``` x `",
    "a\n\n# EVIL\n",
    "a\r\n- EVIL",
    "EVIL | x |\n|---|",
    "</details><h1>EVIL</h1>",
    "<!-- EVIL -->",
    "@team EVIL",
    "[EVIL](http://x)",
    "![EVIL](http://x)",
    "\\`EVIL\\`",
    "\\",
    "`" * 50,
    "\u202eEVIL\u2066",
    "\x1b[31mEVIL\x00",
    "\ud800EVIL",
    "EVIL\u2028\u0085EVIL",
    "    EVIL",
    "EVIL" * 1_000,
    "&lt;EVIL&gt;",
    "",
    " ",
]


def report_with(evil: str) -> Report:
    """A report with the text in every place that a plan has."""
    key = json.dumps(evil)
    statement: Any = allow(evil, f"arn:{evil}", Principal={"AWS": evil}, Condition={evil: {evil: evil}})
    entries = [
        updated(
            f"aws_x.a[{key}]",
            {"n": evil, evil: 1},
            {"n": f"{evil} x", evil: 2},
            previous_address=f"aws_x.{evil}",
        ),
        created(f"{evil}.a") | {"type": evil},
        resource(f"{TABLE}[{key}]", "replace", {"k": evil}, {"k": f"x{evil}"}, replace_paths=[["k"], [evil]]),
        updated("aws_sns_topic_policy.p", {"policy": policy()}, {"policy": policy(statement)}),
        updated("aws_x.p", {evil: policy(statement)}, {}, after_unknown={evil: True}),
        updated("aws_iam_role.r", {"permissions_boundary": evil}, {"permissions_boundary": f"{evil}2"}),
        updated(
            "aws_cloudwatch_log_group.g",
            {"kms_key_id": evil, "retention_in_days": evil},
            {"retention_in_days": 1},
        ),
        created("aws_lambda_function.f", environment=[{"variables": {f"PASSWORD{evil}": "plain-words"}}]),
        created("aws_api_gateway_method.m", authorization="NONE", http_method=evil),
        updated(f"aws_x.tags[{key}]", {"tags": {}}, {"tags": {"a": evil}}),
        created(f"aws_db_instance.d[{key}]"),
    ]
    return reviewed(
        *entries,
        output_changes={f"o{evil}": {"actions": ["update"], "before": evil, "after": [evil]}},
        resource_drift=[updated(f"aws_x.d[{key}]", {"n": 1}, {"n": evil})],
        checks=[{"address": {"to_display": evil}, "status": "fail"}],
        action_invocations=[{"address": evil}],
    )


def outside_code(text: str) -> str:
    """All that a reader of Markdown takes for more than code."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    parts = (child for token in tokens for child in token.children or [token])
    return "\n".join(token.content for token in parts if token.type != "code_inline")


@settings(max_examples=example_count(few=20, many=500))
@given(st.text(alphabet="`EVIL\n\r|<>/[]()!@#*_-\\ \t~&;'\"", max_size=30))
@example("")
def test_generated_values_stay_in_code_spans(evil: str) -> None:
    assert_code("EVIL" + evil + "EVIL")


@pytest.mark.parametrize("evil", MALICIOUS, ids=range(len(MALICIOUS)))
def test_malicious_values_stay_in_code_spans(evil: str) -> None:
    assert_code(evil)


def assert_code(evil: str) -> None:
    text = markdown(report_with(evil))
    assert len(text) <= MAX_COMMENT_LENGTH
    assert "EVIL" not in outside_code(text)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert all(
        line.startswith(("- ", "#", "<", ">", "*", "Only tags")) or not line for line in text.splitlines()
    )


def test_long_values_are_truncated() -> None:
    before, after = ({"n": letter * 1_000_000} for letter in "ab")
    assert len(markdown(reviewed(updated("aws_x.a", before, after)))) < 500


def test_json_report_contains_all_findings() -> None:
    report = report_with("EVIL\ud800")
    content = json.loads(json.dumps(as_json(report)))
    assert content["needs_human"] is report.needs_human
    assert {change["address"] for change in content["changes"]} >= {
        "aws_sns_topic_policy.p",
        "aws_iam_role.r",
    }
    assert content["counts"]["replace"] == 1
    assert {finding["kind"] for finding in content["findings"]} == {
        "stateful",
        "exposure",
        "iam",
        "protection",
    }
    assert content["tags_alone"]
    assert content["drift"][0]["differences"][0]["before"] == "1"
    assert content["cost"]["unpriced"]


def test_synth_comparison_has_the_format_of_a_plan() -> None:
    text = markdown(
        compared({"resource": {"aws_x": {"a": {"n": 1}}}}, {"resource": {"aws_x": {"a": {"n": 2}}}})
    )
    assert text == (
        "**Fine:** 1 to update.\n\n<details><summary>All changes: 1</summary>\n\n"
        "- `~` `aws_x.a`: `n` `1` → `2`\n\n</details>\n"
    )
