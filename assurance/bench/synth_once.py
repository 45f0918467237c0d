"""One synth in a process of its own; prints the peak memory, in MB, of it and of its Node."""

import atexit
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024


def _report() -> None:
    # Registered before jsii starts, so it runs after jsii has waited for its Node.
    print(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _PER_MB)


def _own_peak() -> float:
    """Linux counts what a process had before exec, so what its parent had, in ``ru_maxrss``; not in VmHWM."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def hello(buckets: int) -> None:
    """A provider and some buckets: the least that a stack can be."""
    cdktf: Any = import_module("cdktf")
    provider: Any = import_module("cdktf_cdktf_provider_aws.provider")
    s3: Any = import_module("cdktf_cdktf_provider_aws.s3_bucket")
    app = cdktf.App()
    stack = cdktf.TerraformStack(app, "hello")
    provider.AwsProvider(stack, "aws", region="us-east-1")
    for i in range(buckets):
        s3.S3Bucket(stack, f"bucket-{i}", bucket=f"bucket-{i}")
    app.synth()


def main(name: str, buckets: int) -> None:
    """Run ``stock`` (the bindings as shipped), ``ours`` (on demand) or ``stack`` (everything)."""
    atexit.register(_report)
    if name == "stack":
        import_module("main").main()
        return
    if name == "ours":
        import_module("infra")
    hello(buckets)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
