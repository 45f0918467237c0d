"""API keys and how much may be asked with them."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.api_gateway_api_key import ApiGatewayApiKey
from cdktf_cdktf_provider_aws.api_gateway_usage_plan import (
    ApiGatewayUsagePlan,
    ApiGatewayUsagePlanApiStages,
    ApiGatewayUsagePlanThrottleSettings,
)
from cdktf_cdktf_provider_aws.api_gateway_usage_plan_key import ApiGatewayUsagePlanKey
from constructs import Construct

from infra.constructs.key import Key
from infra.constructs.parameter import SecureParameter
from infra.constructs.rest_api import RestApi


class ApiKey(Construct):
    """A key that API Gateway makes, and that is kept in SSM.

    Args:
        name: of the key.
        parameter_name: of the `SecureString` that holds its value.
        protected: refuse to be destroyed (P12): who owns what may hang on it.

    Attributes:
        id: of the key.
        parameter: holds its value.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, parameter_name: str, key: Key, protected: bool
    ) -> None:
        super().__init__(scope, id)
        made = ApiGatewayApiKey(
            self, "key", name=name, lifecycle=TerraformResourceLifecycle(prevent_destroy=protected)
        )
        self.id: str = made.id
        self.parameter = SecureParameter(
            self,
            "parameter",
            name=parameter_name,
            value=made.value,
            key=key,
            description=f"The API key of {name}, made by API Gateway",
        )


class UsagePlan(Construct):
    """A usage plan for a deployed API, with one key (T6, F4).

    Args:
        name: of the plan and of its key.
        parameter_name: of the `SecureString` that holds the key's value.
        rate: requests a second.
        burst: how many may come at once.
        protected: keep the key, see `ApiKey`.

    Attributes:
        parameter: holds the key's value.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        parameter_name: str,
        api: RestApi,
        rate: float,
        burst: int,
        key: Key,
        protected: bool,
    ) -> None:
        super().__init__(scope, id)
        plan = ApiGatewayUsagePlan(
            self,
            "plan",
            name=name,
            api_stages=[ApiGatewayUsagePlanApiStages(api_id=api.id, stage=api.deployed_stage_name)],
            throttle_settings=ApiGatewayUsagePlanThrottleSettings(rate_limit=rate, burst_limit=burst),
        )
        api_key = ApiKey(
            self, "api-key", name=name, parameter_name=parameter_name, key=key, protected=protected
        )
        ApiGatewayUsagePlanKey(self, "plan-key", key_id=api_key.id, key_type="API_KEY", usage_plan_id=plan.id)
        self.parameter = api_key.parameter
