"""Expressions of Terraform that are more than a reference, which the project does not evaluate."""

UNSUPPORTED_EXPRESSIONS = [
    "${jsonencode(aws_vpc.main)}",
    "${aws_vpc.main.ids[*]}",
    "${aws_vpc.main}",
    "${var.name}",
    '${merge({a = "b"}, {})}',
    "${aws_vpc.main.n + 1}",
    "%{ if true }x%{ endif }",
    "${unfinished",
]
