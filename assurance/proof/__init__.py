"""`make proof`: measures the claims on security and reliability."""
