"""The interface of constructs that can be granted access."""

from typing import Protocol

from infra.policy import Statement


class Grantee(Protocol):
    """A construct with a role, such as a function."""

    def grant(self, *statements: Statement) -> None:
        """Add statements to the role; see `Role.grant`."""
        ...
