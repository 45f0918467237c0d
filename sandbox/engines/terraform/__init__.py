"""Terraform or OpenTofu, pointed at the embedded AWS."""
