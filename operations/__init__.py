"""Commands that use AWS: bootstrap, preflight, saved plans, redrive, and the outputs of an applied stack."""
