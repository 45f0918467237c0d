"""What all commands of the project have in common: how they read arguments, and how they end.

A command that fails prints one line on stderr and no traceback. Its exit code is documented by each command.
This package imports nothing of the project.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

WRONG_ARGUMENTS = 2


def application(summary: str = "") -> typer.Typer:
    """Return an application to add commands to.

    It has no Rich, which costs start-up time, and no shell completion, which would write to the user's files.

    Args:
        summary: The help of an application with several commands.
    """
    return typer.Typer(
        help=summary or None,
        add_completion=False,
        no_args_is_help=bool(summary),
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def run(app: typer.Typer, program: str, *, wrong_arguments: int = WRONG_ARGUMENTS) -> NoReturn:
    """Run an application on the arguments of the process, and end the process with its exit code.

    Args:
        app: The application.
        program: How it is called: `python -m operations.plans`.
        wrong_arguments: The exit code for arguments that the application does not have.
    """
    command = typer.main.get_command(app)
    try:
        code = command.main(prog_name=program, standalone_mode=False) or 0
    except typer.TyperException as error:
        print_error(f"{program}: {error.format_message()}")
        code = wrong_arguments
    except typer.Abort:
        code = 130  # Ctrl-C, as shells report it
    sys.exit(code)


@contextmanager
def exit_on(*errors: type[Exception], failure: str = "", code: int = 1) -> Iterator[None]:
    """End the command when one of these errors is raised, with its message as the one line on stderr.

    Args:
        errors: The errors that the user can do something about.
        failure: What cannot be done, such as `cannot bootstrap`; it begins the line.
        code: The exit code.
    """
    try:
        yield
    except errors as error:
        message = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        print_error(f"{failure}: {message}" if failure else message)
        raise typer.Exit(code) from None


def print_error(message: str) -> None:
    """Print a message on stderr, in one line."""
    typer.echo(" ".join(message.split()), err=True)
