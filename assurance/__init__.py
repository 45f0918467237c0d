"""Tools that check what the project promises: audit, proof, bench and fork."""
