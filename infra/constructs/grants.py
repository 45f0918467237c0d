"""What a resource needs to know of whoever it grants access to."""

from typing import Protocol

from infra.policy import Statement


class Grantee(Protocol):
    """Something with a role of its own, as a function."""

    def add_to_role_policy(self, name: str, *statements: Statement) -> object:
        """Attach an inline policy called ``name`` to the role."""
        ...
