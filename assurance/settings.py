"""Settings for tools and tests, from given variables only."""

from unittest.mock import patch

from infra.settings import Settings


def settings_from(**variables: str) -> Settings:
    """Return the settings that these variables give, without the process's environment and `.env`.

    Raises:
        ValidationError: A value is not allowed.
    """
    with patch.dict("os.environ", variables, clear=True):
        return Settings(_env_file=None)
