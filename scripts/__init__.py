"""Maintenance of the repository itself: run with a plain Python, without the packages of the project."""
