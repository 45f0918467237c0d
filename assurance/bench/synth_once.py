"""One synth in a process of its own; prints the peak memory, in MB, of it and of its Node."""

import sys
from importlib import import_module
from typing import Any

from assurance.bench.memory import report_at_exit


def hello(buckets: int) -> None:
    """Synthesize a provider and some buckets: the smallest stack."""
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
    """Run `stock` (the bindings as shipped), `ours` (on demand) or `stack` (the whole stack)."""
    report_at_exit()
    if name == "stack":
        import_module("main").main()
        return
    if name == "ours":
        import_module("infra")
    hello(buckets)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
