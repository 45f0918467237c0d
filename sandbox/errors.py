"""The errors of the embedded AWS. Their messages are for the user: what failed, and what to do."""


class ServerError(Exception):
    """The embedded AWS cannot be started or stopped."""


class LoadError(Exception):
    """The stack cannot be loaded. The message begins with the address of the block.

    Attributes:
        address: The address of the block in Terraform's form: `aws_vpc.main`, `data.aws_region.here`.
    """

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        super().__init__(f"{address}: {reason}")


class TerraformError(Exception):
    """Terraform cannot be run, or failed. The message names its log."""
