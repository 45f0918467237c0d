"""What is wrong when there is no picture."""


class UndrawableError(Exception):
    """Something cannot be drawn; the message names it."""
