"""The loader: AWS API calls from the Terraform JSON, for an empty embedded AWS."""
