"""Settings for tests, from given variables alone."""

import os
from unittest.mock import patch

from infra.settings import Settings


def settings_from(**variables: str) -> Settings:
    """The settings that these variables give, whatever this machine's environment and ``.env`` say."""
    with patch.dict(os.environ, variables, clear=True):
        return Settings(_env_file=None)
