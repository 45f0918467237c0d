import pytest

from documents.outputs import outputs_table
from synthesized.stack import JSON, Stack

METADATA = {"//": {"metadata": {"path": "serverless/tasks/sessions/table"}}}


def stack(value: JSON) -> Stack:
    return Stack(
        {
            "resource": {"aws_dynamodb_table": {"t": METADATA}, "aws_other": {"o": METADATA}},
            "output": {"a": {"value": value}},
        }
    )


def test_an_output_is_described_by_what_it_refers_to() -> None:
    table = outputs_table(stack("${aws_dynamodb_table.t.name}"))
    assert table.splitlines()[-1] == "| `a` | name of the DynamoDB table | `tasks/sessions` |"


def test_an_output_without_a_reference_is_shown() -> None:
    assert outputs_table(stack("alias/a")).splitlines()[-1] == "| `a` | `alias/a` |  |"


@pytest.mark.parametrize(
    ("value", "missing"),
    [("${aws_dynamodb_table.t.stream_arn}", "stream_arn"), ("${aws_other.o.arn}", "aws_other")],
)
def test_an_attribute_or_type_without_a_noun_is_an_error(value: str, missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        outputs_table(stack(value))
