"""What a construct needs from the construct that it grants access to."""

from typing import Protocol

from infra.policy import Statement


class Grantee(Protocol):
    """Something with a role, such as a function."""

    def grant(self, *statements: Statement) -> None:
        """Add statements to the role's policy."""
        ...
