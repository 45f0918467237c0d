from sandbox.server.process import ACCOUNT
from tests.integration.sandbox.resource_types.case import REGION, Case

CASES = {
    "data.aws_caller_identity": Case(
        {"aws_caller_identity": {"x": {}}}, lambda _, attributes: attributes["account_id"], ACCOUNT
    ),
    "data.aws_partition": Case(
        {"aws_partition": {"x": {}}},
        lambda _, attributes: [attributes["partition"], attributes["dns_suffix"]],
        ["aws", "amazonaws.com"],
    ),
    "data.aws_region": Case({"aws_region": {"x": {}}}, lambda _, attributes: attributes["region"], REGION),
}
