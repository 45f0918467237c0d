"""The code of the Lambda functions. It imports nothing of `infra`."""
