"""One AWS capability a file; the only modules that import provider classes.

A construct is called `Thing(scope, id, *, keyword_only...)`, takes objects rather than ARNs, has
defaults that are safe in production, and grants access to itself. Construct ids are a contract: they make the
addresses that Terraform's state knows.
"""
