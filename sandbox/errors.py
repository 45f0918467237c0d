"""What keeps a stack out of the embedded AWS."""


class LoadError(Exception):
    """The stack holds something that the embedded AWS was not given; the message names it.

    Attributes:
        address: The block, as Terraform writes it: `aws_vpc.main`, `data.aws_region.here`.
    """

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        super().__init__(f"{address}: {reason}")


class TerraformError(Exception):
    """Terraform cannot be run, or failed; the message says why, and where its log is."""
