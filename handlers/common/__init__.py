"""What handlers of more than one workload need."""
