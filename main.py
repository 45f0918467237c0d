"""Synthesize the stack: settings to Terraform JSON."""

import sys

import infra.startup  # noqa: F401 - before all other imports of the project
from infra import settings
from infra.naming import NamingError
from infra.packaging import PackagingError
from infra.policy import PolicySizeError
from infra.stack import synthesize


def main() -> int:
    """Synthesize; return 2 if a setting is invalid, with a line for each on stderr."""
    try:
        synthesize(settings.load())
    except (settings.SettingsError, NamingError, PackagingError, PolicySizeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
