"""Reviews a Terraform plan, or the difference of two synthesized stacks, for a pull request.

The package reads JSON only: `terraform show -json` and `cdk.tf.json`. It imports nothing of the stack's code.
"""
