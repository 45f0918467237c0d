"""Findings: changes that need a reviewer's attention, one module for each kind."""
