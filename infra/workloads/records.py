"""Writer and reader (requirements R1 to R5)."""

from constructs import Construct

from infra.constructs.table import Capacity
from infra.platform import Platform
from infra.workload_settings import RecordsSettings
from infra.workloads.workload import Workload


class Records(Workload):
    """A table that one function can only put to and another only get from."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform, settings: RecordsSettings) -> None:
        super().__init__(scope, id, platform=platform)
        table = platform.table(
            self,
            "records-table",
            name="records",
            capacity=Capacity(settings.read_capacity, settings.write_capacity, settings.max_capacity),
        )
        environment = {"DYNAMODB_TABLE_NAME": table.name}
        writer = self._function("writer", size=settings.writer, environment=environment)
        reader = self._function("reader", size=settings.reader, environment=environment)
        table.grant(writer, "PutItem")
        table.grant(reader, "GetItem")
        self._outputs(
            {
                "table-name": table.name,
                "table-arn": table.arn,
                "key-arn": platform.key.arn,
                "key-alias": platform.key.alias,
            }
        )
        for name, function in (("writer", writer), ("reader", reader)):
            self._outputs(
                {
                    f"{name}-function-name": function.name,
                    f"{name}-function-arn": function.arn,
                    f"{name}-role-arn": function.role.arn,
                    f"{name}-log-group-name": function.log_group_name,
                }
            )
