"""What is wrong when there is no picture."""


class UndrawableError(ValueError):
    """Something cannot be drawn; the message names it."""
