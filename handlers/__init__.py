"""The code of the Lambda functions; it imports nothing of `infra`."""
