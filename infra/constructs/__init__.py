"""One AWS capability per module. These are the only modules that import classes of the provider.

A construct is called `Thing(scope, id, *, keyword_only...)`, takes objects rather than ARNs, has defaults
that are safe in production, and grants access to itself. Construct ids determine the addresses in
Terraform's state; the ids of constructs that store data never change.
"""
