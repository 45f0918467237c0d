"""The server process of the embedded AWS, and how other processes start, find and stop it."""
