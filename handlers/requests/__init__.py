"""Requests: what is posted is stored, gets a row and an execution, and nothing is lost on the way."""
