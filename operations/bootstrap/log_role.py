"""The role that API Gateway writes access logs with: one for an account and region, so never in the stack."""

from infra.policy import trust
from operations.aws import Client, Clients, code, found, patiently
from operations.bootstrap.steps import RIGHT, Say, Tags, ensure, tag_set, tell

LOG_ROLE = "api-gateway-access-logs"
"""Not of the names' pattern: it is the account's, whatever stacks are in it."""
LOG_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
ROLE_NOT_SEEN_YET = (
    "The role ARN does not have required permissions",
    "could not successfully write to CloudWatch",
)
"""What API Gateway says of a role that IAM has just made (Terraform's provider waits on the same words)."""


def ensure_log_role(clients: Clients, *, region: str, tags: Tags, say: Say = lambda _: None) -> None:
    """Give API Gateway a role to write access logs with, if it has none in this account and region.

    One that it has is left alone, whatever it is: other stacks rely on it.

    Raises:
        ClientError, BotoCoreError: AWS refused something, or cannot be reached.
    """
    gateway = clients("apigateway", region)
    what = f"API Gateway's role for logs in {region}"
    role = gateway.get_account().get("cloudwatchRoleArn")
    if role:
        tell(say, RIGHT, f"{what}: {role}")
        return
    role = _ensure_role(clients("iam", region), tags, say)
    given = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    patiently(
        lambda: gateway.update_account(patchOperations=[given]),
        lambda error: any(words in str(error) for words in ROLE_NOT_SEEN_YET),
        say,
    )
    tell(say, "set", f"{what}: {role}")


def _ensure_role(iam: Client, tags: Tags, say: Say) -> str:
    """Return the ARN of the role for logs, once it has its policy."""
    there = found(lambda: iam.get_role(RoleName=LOG_ROLE), "NoSuchEntity")
    role = there or iam.create_role(
        RoleName=LOG_ROLE,
        AssumeRolePolicyDocument=trust("apigateway.amazonaws.com"),
        Tags=tag_set(tags),
    )
    tell(say, RIGHT if there else "made", f"role {LOG_ROLE}")
    attached = patiently(
        lambda: iam.list_attached_role_policies(RoleName=LOG_ROLE)["AttachedPolicies"],
        lambda error: code(error) == "NoSuchEntity",
        say,
    )
    ensure(
        say,
        f"role {LOG_ROLE}: {LOG_POLICY.rpartition('/')[2]}",
        LOG_POLICY in [each["PolicyArn"] for each in attached],
        lambda: iam.attach_role_policy(RoleName=LOG_ROLE, PolicyArn=LOG_POLICY),
    )
    return str(role["Role"]["Arn"])
