"""What is wrong with an input."""


class InputError(Exception):
    """A file is none that can be reviewed; the message is one line with the file, what it is, and the fix."""
