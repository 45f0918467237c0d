"""API Gateway's role for access logs. There is one for an account and region, so it is never in the stack."""

from infra.policy import trust
from operations.aws import Client, Clients, Report, call_or_empty, error_code, retry_until_consistent
from operations.bootstrap.steps import UNCHANGED, Tags, ensure, report_step, tag_set

LOG_ROLE = "api-gateway-access-logs"
"""Does not follow the name pattern: the role belongs to the account, not to a stack."""
LOG_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
UNKNOWN_ROLE_MESSAGES = (
    "The role ARN does not have required permissions",
    "could not successfully write to CloudWatch",
)
"""Parts of API Gateway's errors for a role that IAM has just created (Terraform's provider has the same)."""


def ensure_log_role(clients: Clients, *, region: str, tags: Tags, report: Report = lambda _: None) -> None:
    """Give API Gateway a role for access logs, if it has none in this account and region.

    An existing role is not changed, because other stacks use it.

    Raises:
        ClientError, BotoCoreError: AWS refuses a call, or cannot be reached.
    """
    gateway = clients("apigateway", region)
    subject = f"API Gateway's role for logs in {region}"
    role = gateway.get_account().get("cloudwatchRoleArn")
    if role:
        report_step(report, UNCHANGED, f"{subject}: {role}")
        return
    role = _ensure_role(clients("iam", region), tags, report)
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    retry_until_consistent(
        lambda: gateway.update_account(patchOperations=[operation]),
        lambda error: any(message in str(error) for message in UNKNOWN_ROLE_MESSAGES),
        report,
    )
    report_step(report, "set", f"{subject}: {role}")


def _ensure_role(iam: Client, tags: Tags, report: Report) -> str:
    """Return the ARN of the role for logs, with its policy attached."""
    existing = call_or_empty(lambda: iam.get_role(RoleName=LOG_ROLE), "NoSuchEntity")
    role = existing or iam.create_role(
        RoleName=LOG_ROLE,
        AssumeRolePolicyDocument=trust("apigateway.amazonaws.com"),
        Tags=tag_set(tags),
    )
    report_step(report, UNCHANGED if existing else "created", f"role {LOG_ROLE}")
    attached = retry_until_consistent(
        lambda: iam.list_attached_role_policies(RoleName=LOG_ROLE)["AttachedPolicies"],
        lambda error: error_code(error) == "NoSuchEntity",
        report,
    )
    ensure(
        report,
        f"role {LOG_ROLE}: {LOG_POLICY.rpartition('/')[2]}",
        LOG_POLICY in [policy["PolicyArn"] for policy in attached],
        lambda: iam.attach_role_policy(RoleName=LOG_ROLE, PolicyArn=LOG_POLICY),
    )
    return str(role["Role"]["Arn"])
