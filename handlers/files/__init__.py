"""Files: clients upload them, and each is read by the function of its type (F1-F6)."""
