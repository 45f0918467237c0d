"""The server process of the embedded AWS."""
