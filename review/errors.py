"""Errors of the review."""


class InputError(Exception):
    """A file cannot be reviewed; the message is one line that names the file, the problem and the fix."""
