"""IAM roles of AWS services."""

from collections.abc import Sequence

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from infra import policy


class Role(Construct):
    """A role that one AWS service assumes, with at most two inline policies.

    The policy `execution` allows what the service itself does with the role. The resource that assumes the
    role depends on it, because the service checks these permissions when it creates the resource. The
    policy `grants` contains the statements of `grant`. The resource does not depend on it, because granted
    resources may refer to that resource.

    Args:
        name: Name of the role.
        service: Service principal that assumes the role, as `lambda.amazonaws.com`.
        trust_conditions: Conditions of the trust policy; none by default.
        execution: Statements of the policy `execution`, which exists only with statements.

    Attributes:
        name: Name of the role.
        arn: ARN of the role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        service: str,
        trust_conditions: policy.Conditions | None = None,
        execution: Sequence[policy.Statement] = (),
    ) -> None:
        super().__init__(scope, id)
        role = IamRole(
            self,
            "Default",  # CDKTF leaves this id out of addresses: the role has the address of this construct
            name=name,
            assume_role_policy=policy.trust(service, conditions=trust_conditions),
        )
        self.name: str = role.name
        self.arn: str = role.arn
        self._literal_name = name
        self._execution = policy.distinct(execution)
        self._granted: list[policy.Statement] = []
        self._grants: IamRolePolicy | None = None
        self._policies: list[TerraformResource] = []
        self._dependents: list[TerraformResource] = []
        if self._execution:
            self._check_size()
            self.add_policy(self._inline_policy("execution", self._execution))

    @property
    def policies(self) -> list[TerraformResource]:
        """The policies added so far, for the `depends_on` of a resource; see `add_dependent`."""
        return list(self._policies)

    def grant(self, *statements: policy.Statement) -> None:
        """Add statements to the policy `grants`, without repeating those that it contains.

        It can be called any number of times, also after other resources depend on the policies.

        Raises:
            PolicySizeError: The inline policies exceed IAM's limit.
        """
        granted = policy.distinct([*self._granted, *statements])
        if granted == self._granted:
            return
        self._granted = granted
        self._check_size()
        if self._grants is None:
            self._grants = self._inline_policy("grants", granted)
            self.add_policy(self._grants)
        else:
            self._grants.policy = policy.document(*granted)

    def add_policy(self, resource: TerraformResource) -> None:
        """Register a policy of this role, such as an attachment, for the resources that depend on it."""
        self._policies.append(resource)
        if not self._dependents:
            return
        address = f"{resource.terraform_resource_type}.{resource.friendly_unique_id}"
        for dependent in self._dependents:
            dependent.depends_on = [*(dependent.depends_on or []), address]

    def add_dependent(self, resource: TerraformResource) -> None:
        """Make a resource that depends on `policies` also depend on policies that are added later."""
        self._dependents.append(resource)

    def _inline_policy(self, name: str, statements: Sequence[policy.Statement]) -> IamRolePolicy:
        return IamRolePolicy(self, name, role=self.name, name=name, policy=policy.document(*statements))

    def _check_size(self) -> None:
        policy.check_inline_size(self._literal_name, self._execution, self._granted)
