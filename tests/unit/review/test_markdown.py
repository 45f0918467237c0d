"""What a pull request shows: the order, the folding, and that no value breaks out of its code span."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from review.markdown import COMMENT, markdown
from review.report import Report, as_json
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
    return re.findall(r"^### (.*)$|<summary>(.*?)</summary>", markdown(report), re.MULTILINE) and [
        one or two
        for one, two in re.findall(r"^### (.*)$|<summary>(.*?)</summary>", markdown(report), re.MULTILINE)
    ]


def test_what_matters_stands_first() -> None:
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
        "Data at stake",
        "Exposure",
        "IAM: what can now be done that could not",
        "Encryption and protection",
        "Drift that has to be seen",
        "Cost: +$32.85 a month, apart from use",
        "All changes: 6",
        "Outputs: 1",
        "Drift: changed outside Terraform",
    ]
    assert "\n\nOnly tags change of 1: `aws_x.tags`.\n" in markdown(report)
    assert report.verdict == (
        "**Needs a human:** data, or what others rely on, is at stake (1);"
        " something becomes public (1); permissions are widened to `*` (1);"
        " encryption, protection or a record is removed or weakened (1); outside Terraform, data,"
        " or what others rely on, is at stake (1)."
        " 2 to create, 4 to update, 1 to destroy, 1 output to change. Outside Terraform, 2 resources changed."
    )


def test_what_is_destroyed_stands_first_among_the_changes() -> None:
    entries = [created("aws_x.a"), updated("aws_x.b", {"n": 1}, {"n": 2}), deleted("aws_x.c")]
    lines = [line for line in markdown(reviewed(*entries)).splitlines() if line.startswith("- `")]
    assert lines == ["- `-` `aws_x.c`", "- `+` `aws_x.a`", "- `~` `aws_x.b`: `n` `1` → `2`"]


def test_a_line_has_the_construct_and_where_it_was() -> None:
    block = {"n": 2, "//": {"metadata": {"path": "s/b"}}}
    moved = updated("aws_x.b", {"n": 1}, {"n": 2}, previous_address="aws_x.a")
    report = reviewed(moved, synth={"terraform": {}, "resource": {"aws_x": {"b": block}}})
    assert "- `~` `aws_x.b` (`s/b`) (was `aws_x.a`): `n` `1` → `2`" in markdown(report)


def test_many_differences_are_counted() -> None:
    before, after = ({f"n{number}": value for number in range(11)} for value in (1, 2))
    assert "`n6` `1` → `2`, 3 more" in markdown(reviewed(updated("aws_x.a", before, after)))


def test_what_follows_and_is_not_known_is_left_out_but_for_what_is_configured() -> None:
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


def test_no_change_is_one_line() -> None:
    same = resource("aws_x.a", "no-op", {"n": 1}, {"n": 1})
    assert markdown(reviewed(same)) == "**No changes.** 1 resource as configured.\n"
    assert markdown(reviewed()) == "**No changes.**\n"


def test_outputs_alone_are_a_change() -> None:
    outputs = {"o": {"actions": ["create"], "after": "v", "after_unknown": False}}
    outputs |= {"u": {"actions": ["create"], "after_unknown": True}}
    report = reviewed(output_changes=outputs)
    assert report.verdict == "**Fine:** no resource to change, 2 outputs to change."
    assert "- `+` `u`: `none` → `(known after apply)`" in markdown(report)


def test_tags_of_many_are_one_line() -> None:
    entries = [updated(f"aws_x.a{number}", {"tags": {}}, {"tags": {"a": "b"}}) for number in range(20)]
    text = markdown(reviewed(*entries))
    assert "Only tags change of 20: `aws_x.a0`, " in text
    assert " and 12 more." in text
    assert "All changes" not in text


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (
            1_500,
            "A summary: what comes with what is new, and all changes, are counted, not listed: the whole is ",
        ),
        (6_000, "Only counts are shown: the whole is "),
    ],
)
def test_what_is_too_long_folds_and_says_so(count: int, said: str) -> None:
    entries: list[JSON] = [deleted(f"aws_x.{'a' * 40}{number}") for number in range(count)]
    entries += [deleted(f"aws_sqs_queue.q{number}") for number in range(count // 3)]
    entries += [created(f"aws_lb.l{number}") for number in range(3)]
    text = markdown(reviewed(*entries, complete=False))
    assert len(text) <= COMMENT
    assert said in text
    assert text.startswith("**Needs a human:**")
    assert ("aws_sqs_queue.q0" in text) == (count == 1_500)
    assert ("`-` `aws_x`: 1500" in text) == (count == 1_500)
    assert ("- Data at stake: 2000" in text) == (count == 6_000)


def test_what_comes_with_what_is_new_folds_first() -> None:
    trust = policy(allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))
    roles = [created(f"aws_iam_role.{'r' * 40}{number}", assume_role_policy=trust) for number in range(500)]
    text = markdown(reviewed(*roles, updated("aws_sqs_queue.q", {"delay_seconds": 1}, {"delay_seconds": 2})))
    assert len(text) <= COMMENT
    assert "What comes with what is new is counted, not listed: the whole is " in text
    assert "IAM: what can now be done that could not, of what is new: 500.\n" in text
    assert "- `~` `aws_sqs_queue.q`: `delay_seconds` `1` → `2`" in text


HOSTILE = [
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


def hostile(evil: str) -> Report:
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
    return "\n".join(each.content for each in parts if each.type != "code_inline")


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="`EVIL\n\r|<>/[]()!@#*_-\\ \t~&;'\"", max_size=30))
@example("")
def test_no_value_breaks_out_of_its_code(evil: str) -> None:
    assert_code("EVIL" + evil + "EVIL")


@pytest.mark.parametrize("evil", HOSTILE, ids=range(len(HOSTILE)))
def test_no_hostile_value_breaks_out_of_its_code(evil: str) -> None:
    assert_code(evil)


def assert_code(evil: str) -> None:
    text = markdown(hostile(evil))
    assert len(text) <= COMMENT
    assert "EVIL" not in outside_code(text)
    assert all(each.isprintable() or each == "\n" for each in text)
    assert all(
        line.startswith(("- ", "#", "<", ">", "*", "Only tags")) or not line for line in text.splitlines()
    )


def test_a_megabyte_is_one_short_line() -> None:
    before, after = ({"n": letter * 1_000_000} for letter in "ab")
    assert len(markdown(reviewed(updated("aws_x.a", before, after)))) < 500


def test_the_report_for_machines_holds_what_people_see() -> None:
    report = hostile("EVIL\ud800")
    content = json.loads(json.dumps(as_json(report)))
    assert content["needs_human"] is report.needs_human
    assert {each["address"] for each in content["changes"]} >= {"aws_sns_topic_policy.p", "aws_iam_role.r"}
    assert content["counts"]["replace"] == 1
    assert {each["kind"] for each in content["findings"]} == {"stateful", "exposure", "iam", "protection"}
    assert content["tags_alone"]
    assert content["drift"][0]["differences"][0]["before"] == "1"
    assert content["cost"]["unpriced"]


def test_two_synths_read_as_a_plan_does() -> None:
    text = markdown(
        compared({"resource": {"aws_x": {"a": {"n": 1}}}}, {"resource": {"aws_x": {"a": {"n": 2}}}})
    )
    assert text == (
        "**Fine:** 1 to update.\n\n<details><summary>All changes: 1</summary>\n\n"
        "- `~` `aws_x.a`: `n` `1` → `2`\n\n</details>\n"
    )
