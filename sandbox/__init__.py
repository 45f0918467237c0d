"""The embedded AWS: MiniStack on this machine, loaded with the JSON that Terraform would apply."""
