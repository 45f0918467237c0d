"""API keys and usage plans."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.api_gateway_api_key import ApiGatewayApiKey
from cdktf_cdktf_provider_aws.api_gateway_usage_plan import (
    ApiGatewayUsagePlan,
    ApiGatewayUsagePlanApiStages,
    ApiGatewayUsagePlanQuotaSettings,
    ApiGatewayUsagePlanThrottleSettings,
)
from cdktf_cdktf_provider_aws.api_gateway_usage_plan_key import ApiGatewayUsagePlanKey
from constructs import Construct

from infra.constructs.key import Key
from infra.constructs.parameter import SecureParameter
from infra.constructs.rest_api import RestApi


class ApiKey(Construct):
    """A key that API Gateway generates, with its value in an SSM parameter.

    Args:
        name: Name of the key.
        parameter_name: Name of the `SecureString` parameter.
        key: KMS key that encrypts the parameter.
        protected: Add `prevent_destroy` (P12), because data can belong to the owner of an API key.

    Attributes:
        id: Id of the key.
        parameter: Parameter with the value of the key.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, parameter_name: str, key: Key, protected: bool
    ) -> None:
        super().__init__(scope, id)
        api_key = ApiGatewayApiKey(
            self, "key", name=name, lifecycle=TerraformResourceLifecycle(prevent_destroy=protected)
        )
        self.id: str = api_key.id
        self.parameter = SecureParameter(
            self,
            "parameter",
            name=parameter_name,
            value=api_key.value,
            key=key,
            description=f"The API key of {name}, made by API Gateway",
        )


class UsagePlan(Construct):
    """A usage plan for a deployed API, with one key (T6, F4).

    Args:
        name: Name of the plan and of its key.
        parameter_name: Name of the `SecureString` parameter with the value of the key.
        api: API, after `deploy`.
        rate: Steady-state limit in requests a second.
        burst: Burst limit in requests.
        daily_quota: Limit in requests a day (UTC); none if it is None.
        key: KMS key that encrypts the parameter.
        protected: Retain the API key; see `ApiKey`.

    Attributes:
        parameter: Parameter with the value of the key.
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
        daily_quota: int | None,
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
            quota_settings=(
                None
                if daily_quota is None
                else ApiGatewayUsagePlanQuotaSettings(limit=daily_quota, period="DAY")
            ),
        )
        api_key = ApiKey(
            self, "api-key", name=name, parameter_name=parameter_name, key=key, protected=protected
        )
        ApiGatewayUsagePlanKey(self, "plan-key", key_id=api_key.id, key_type="API_KEY", usage_plan_id=plan.id)
        self.parameter = api_key.parameter
