"""Patches of Secrets Manager."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import secretsmanager

from sandbox.patches.responses import Response

SCHEDULED_FOR_DELETION = (
    "You can't create this secret because a secret with this name is already scheduled for deletion."
)


def refuse_name_that_is_scheduled_for_deletion() -> None:
    """Refuse to create a secret whose name belongs to one that is scheduled for deletion, with AWS's error.

    AWS: CreateSecret fails with InvalidRequestException, on whose message Terraform's provider waits
    (https://github.com/hashicorp/terraform-provider-aws/blob/v6.25.0/internal/service/secretsmanager/secret.go).

    MiniStack: Fails with ResourceExistsException, as for any other secret.
    """
    create = secretsmanager._create_secret

    def create_secret(data: Mapping[str, Any]) -> Response:
        existing = secretsmanager._secrets.get(data.get("Name"))
        response: Response = (
            error_response_json("InvalidRequestException", SCHEDULED_FOR_DELETION, 400)
            if existing and existing["DeletedDate"]
            else create(data)
        )
        return response

    secretsmanager._create_secret = create_secret
