"""What helps while code changes: reload on save, and the logs of all functions in one stream."""
