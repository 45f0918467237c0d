"""An SSM parameter."""

from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from infra.constructs.key import Key


class SecureParameter(Construct):
    """A `SecureString` parameter under `key`.

    Its value is in Terraform's state: use it for API Gateway's own keys alone (P13).

    Attributes:
        name: the parameter's name.
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
