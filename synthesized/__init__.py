"""The one reader of `cdk.tf.json`, the Terraform JSON that the stack is synthesized to."""
