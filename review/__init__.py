"""What a pull request shows: a plan, or two synths, as Markdown and a verdict.

It reads JSON alone: `terraform show -json`, and `cdk.tf.json`. Nothing of the stack's code is imported.
"""
