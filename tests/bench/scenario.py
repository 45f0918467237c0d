"""One synth in a process of its own; prints its peak memory in MB (this process and its Node together)."""

import atexit
import resource
import sys
from importlib import import_module
from typing import Any

_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024


def _report() -> None:
    # Registered before jsii starts, so it runs after jsii has waited for its Node.
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(sum(peaks) / _PER_MB)


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
