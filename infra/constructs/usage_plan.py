"""API keys and how much may be asked with them."""

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


class UsagePlan(Construct):
    """A usage plan for a deployed API with one key, made by API Gateway and kept in SSM (T6, F4).

    Args:
        name: of the plan and of its key.
        parameter_name: of the ``SecureString`` that holds the key's value.
        rate: requests a second.
        burst: how many may come at once.

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
    ) -> None:
        super().__init__(scope, id)
        plan = ApiGatewayUsagePlan(
            self,
            "plan",
            name=name,
            api_stages=[ApiGatewayUsagePlanApiStages(api_id=api.id, stage=api.deployed_stage_name)],
            throttle_settings=ApiGatewayUsagePlanThrottleSettings(rate_limit=rate, burst_limit=burst),
        )
        api_key = ApiGatewayApiKey(self, "key", name=name)
        ApiGatewayUsagePlanKey(self, "plan-key", key_id=api_key.id, key_type="API_KEY", usage_plan_id=plan.id)
        self.parameter = SecureParameter(
            self,
            "parameter",
            name=parameter_name,
            value=api_key.value,
            key=key,
            description=f"The API key of {name}, made by API Gateway",
        )
