"""Settings -> stack -> Terraform JSON."""

import sys

from infra import settings
from infra.naming import NamingError
from infra.packaging import PackagingError
from infra.policy import PolicySizeError
from infra.stack import synthesize


def main() -> int:
    """Synthesize; 2 when a setting is not allowed, with a line for each on stderr."""
    try:
        synthesize(settings.load())
    except (settings.SettingsError, NamingError, PackagingError, PolicySizeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
