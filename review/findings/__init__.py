"""What a reviewer has to see before everything else: a module a question."""
