"""Writer and reader (requirements R1 to R5)."""

from cdktf import TerraformOutput, TerraformStack
from constructs import Construct

from infra.constructs.code import Code
from infra.constructs.function import Function
from infra.constructs.table import Capacity
from infra.packaging import handlers_zip
from infra.platform import Platform


class Records(Construct):
    """A table that one function can only put to and another only get from."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        self._platform = platform
        self._settings = platform.settings.records
        self._code = Code(self, "records", archive=handlers_zip("records"), bucket=platform.deploy_bucket)
        capacity = Capacity(
            self._settings.read_capacity, self._settings.write_capacity, self._settings.max_capacity
        )
        self._table = platform.table(self, "records-table", name="records", capacity=capacity)
        writer, reader = self._function("writer"), self._function("reader")
        self._table.grant(writer, "PutItem")
        self._table.grant(reader, "GetItem")
        self._outputs(writer=writer, reader=reader)

    def _function(self, name: str) -> Function:
        return self._platform.function(
            self,
            name,
            name=f"records-{name}",
            handler=f"handlers.records.{name}.handler",
            code=self._code,
            size=getattr(self._settings, name),
            environment={"DYNAMODB_TABLE_NAME": self._table.name},
        )

    def _outputs(self, **functions: Function) -> None:
        outputs = {
            "table-name": self._table.name,
            "table-arn": self._table.arn,
            "key-arn": self._platform.key.arn,
            "key-alias": self._platform.key.alias,
        }
        for name, function in functions.items():
            outputs |= {
                f"{name}-function-name": function.name,
                f"{name}-function-arn": function.arn,
                f"{name}-role-arn": function.role.arn,
                f"{name}-log-group-name": function.log_group_name,
            }
        for name, value in outputs.items():
            TerraformOutput(TerraformStack.of(self), f"records-{name}", value=value)
