from uuid import uuid4

import pytest


@pytest.fixture
def name() -> str:
    """The beginning of the names of a test's resources."""
    return f"look-{uuid4().hex[:8]}"
