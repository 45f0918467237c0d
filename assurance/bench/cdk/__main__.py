"""`python -m assurance.bench.cdk`: one synth; prints the peak memory, in MB, of it and of its Node."""

from importlib import import_module

from assurance.bench.memory import report_at_exit

if __name__ == "__main__":
    report_at_exit()
    import_module("assurance.bench.cdk.app").synthesize()  # imports aws_cdk, which starts jsii
