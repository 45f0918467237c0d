"""One workload a file: they compose constructs and own their outputs."""
