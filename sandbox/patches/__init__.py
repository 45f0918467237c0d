"""Corrections of MiniStack where it differs from AWS."""
