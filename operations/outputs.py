"""Write the stack's outputs as one flat JSON file (requirement P6).

``terraform output -json | python -m operations.outputs FILE`` turns ``{"vpc-id": {"value": ...}}`` into
``{"vpc-id": ...}``.
"""

import json
import sys
from pathlib import Path


def flatten(outputs: dict[str, dict[str, object]]) -> dict[str, object]:
    """The values of ``terraform output -json`` by name."""
    return {name: output["value"] for name, output in sorted(outputs.items())}


def main(path: Path) -> int:
    """Read Terraform's outputs from stdin and write ``path``; 1 when there are none to read."""
    try:
        outputs = flatten(json.load(sys.stdin))
    except (ValueError, TypeError, AttributeError):
        print("no outputs: pipe `terraform output -json` of an applied stack into this", file=sys.stderr)
        return 1
    path.write_text(json.dumps(outputs, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
