"""The two ways to bring a stack into the embedded AWS: our loader, and Terraform."""
