"""The common part of all workloads: functions from one archive, and outputs."""

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
    """Adds functions and outputs; subclasses compose everything else from constructs.

    Args:
        id: Name of the workload and of its package under `handlers`.
        platform: Shared part of the stack.
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
        """Add the function of the handler in `handlers/<workload>/<module>.py`; see `Platform.function`.

        Args:
            module: Name of the module.
            size: Memory, timeout, log retention and concurrency.
            environment: Environment variables.
            id: Construct id; `module` by default.
            name: The function's part of the full name; `<workload>-<module>` by default.
            error_threshold: Number of errors in five minutes that triggers the alarm.
            dead_letters: See `Function`.
            managed_policies: See `Function`.
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
        """Add a dead-letter queue; `<workload>-<id>` is its part of the full name."""
        return DeadLetterQueue(self, id, name=self._platform.names.of("sqs", f"{self._id}-{id}"))

    def _outputs(self, outputs: Mapping[str, str], *, prefix: str | None = None) -> None:
        """Add outputs of the stack.

        Their scope is the stack, because CDKTF appends a hash to the names of outputs in other scopes.

        Args:
            outputs: Values by name.
            prefix: Prefix of the names; `<workload>-` by default.
        """
        stack = TerraformStack.of(self)
        prefix = f"{self._id}-" if prefix is None else prefix
        for name, value in outputs.items():
            TerraformOutput(stack, f"{prefix}{name}", value=value)
