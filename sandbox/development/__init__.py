"""Commands for development against a running stack: reload on save, and logs."""
