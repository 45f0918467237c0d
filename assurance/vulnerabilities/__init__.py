"""Looks up known vulnerabilities of all locked packages: `make vulnerabilities`."""
