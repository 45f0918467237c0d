"""SSM parameters."""

from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from infra.constructs.key import Key


class SecureParameter(Construct):
    """A `SecureString` parameter.

    Its value is in Terraform's state, so use it only for keys that API Gateway generates (P13).

    Args:
        name: Name of the parameter.
        value: Value of the parameter, as a reference.
        key: Key that encrypts the value.
        description: Description of the parameter.

    Attributes:
        name: Name of the parameter.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, value: str, key: Key, description: str
    ) -> None:
        super().__init__(scope, id)
        parameter = SsmParameter(
            self,
            "parameter",
            name=name,
            type="SecureString",
            value=value,
            key_id=key.arn,
            description=description,
        )
        self.name: str = parameter.name
