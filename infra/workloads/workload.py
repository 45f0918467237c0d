"""What every workload has: functions from one archive, and outputs."""

from collections.abc import Mapping

from cdktf import TerraformOutput, TerraformStack
from constructs import Construct

from infra.constructs.code import Code
from infra.constructs.function import Function
from infra.constructs.queue import DeadLetterQueue
from infra.packaging import handlers_zip
from infra.platform import Platform
from infra.workload_settings import FunctionSettings


class Workload(Construct):
    """Adds functions and outputs; a workload derives from it and composes everything else from constructs.

    Args:
        id: Name of the workload, which is also the name of its package under `handlers`.
        platform: Provides what workloads share.
    """

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        self._id = id
        self._platform = platform
        self._code = Code(self, id, archive=handlers_zip(id), bucket=platform.deploy_bucket)

    def _function(
        self,
        module: str,
        *,
        size: FunctionSettings,
        environment: Mapping[str, str],
        id: str | None = None,
        name: str | None = None,
        error_threshold: float = 5,
        dead_letters: DeadLetterQueue | None = None,
        managed_policies: bool = False,
    ) -> Function:
        """Add the function whose handler is in `handlers/<workload>/<module>.py`; see `Platform.function`.

        Its construct has the id `module` and its name contains `<workload>-<module>`, unless `id` and `name`
        say otherwise.
        """
        return self._platform.function(
            self,
            id or module,
            name=name or f"{self._id}-{module}",
            handler=f"handlers.{self._id}.{module}.handler",
            code=self._code,
            size=size,
            environment=environment,
            error_threshold=error_threshold,
            dead_letters=dead_letters,
            managed_policies=managed_policies,
        )

    def _dead_letters(self, id: str = "dead-letters") -> DeadLetterQueue:
        """Add a dead-letter queue, named `<workload>-<id>`."""
        return DeadLetterQueue(self, id, name=self._platform.names.of("sqs", f"{self._id}-{id}"))

    def _outputs(self, outputs: Mapping[str, str], *, prefix: str | None = None) -> None:
        """Add outputs of the stack; by default their names begin with `<workload>-`.

        They are in the scope of the stack, because CDKTF adds a hash to the names of outputs in other scopes.
        """
        stack = TerraformStack.of(self)
        prefix = f"{self._id}-" if prefix is None else prefix
        for name, value in outputs.items():
            TerraformOutput(stack, f"{prefix}{name}", value=value)
