"""One workload per module: it composes constructs and adds its outputs."""
