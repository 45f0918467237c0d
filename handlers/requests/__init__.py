"""Requests: each posted request is stored and gets a table row and a Step Functions execution."""
