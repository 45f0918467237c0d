from sandbox.server.process import ACCOUNT
from tests.integration.kinds.case import REGION, Case

CASES = {
    "data.aws_caller_identity": Case(
        {"aws_caller_identity": {"x": {}}}, lambda _, made: made["account_id"], ACCOUNT
    ),
    "data.aws_partition": Case(
        {"aws_partition": {"x": {}}},
        lambda _, made: [made["partition"], made["dns_suffix"]],
        ["aws", "amazonaws.com"],
    ),
    "data.aws_region": Case({"aws_region": {"x": {}}}, lambda _, made: made["region"], REGION),
}
