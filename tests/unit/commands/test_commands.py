import errno
from typing import Annotated

import pytest
import typer

from commands import application, exit_on, run

app = application("Two commands.")


class TooLargeError(Exception):
    pass


@app.command()
def double(number: Annotated[int, typer.Argument()]) -> None:
    """Print a number twice as large."""
    with exit_on(TooLargeError, OSError, failure="cannot double", code=3):
        if number > 9:
            raise TooLargeError("the number is\n  larger than 9")
        if number == 9:
            raise OSError(errno.ENOENT, "No such file or directory", "nine")
        if number == 8:
            raise KeyboardInterrupt
        typer.echo(number * 2)


@app.command()
def count() -> None:
    """Fail without a line."""
    raise typer.Exit(4)


def end(monkeypatch: pytest.MonkeyPatch, *arguments: str, wrong_arguments: int = 2) -> object:
    monkeypatch.setattr("sys.argv", ["command", *arguments])
    with pytest.raises(SystemExit) as raised:
        run(app, "python -m command", wrong_arguments=wrong_arguments)
    return raised.value.code


@pytest.mark.parametrize(
    ("arguments", "code", "stdout", "stderr"),
    [
        (["double", "4"], 0, "8\n", ""),
        (["double", "10"], 3, "", "cannot double: the number is larger than 9\n"),
        (["double", "9"], 3, "", "cannot double: nine: No such file or directory\n"),
        (["double", "8"], 130, "", ""),
        (["count"], 4, "", ""),
        (["double"], 2, "", "python -m command: Missing argument "),
        (["double", "x"], 2, "", "python -m command: Invalid value for "),
        (["double", "1", "--wrong"], 2, "", "python -m command: No such option: --wrong\n"),
        (["triple"], 2, "", "python -m command: No such command 'triple'.\n"),
    ],
)
def test_a_command_ends_with_its_code_and_one_line(
    arguments: list[str],
    code: int,
    stdout: str,
    stderr: str,
    *,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert end(monkeypatch, *arguments) == code
    captured = capsys.readouterr()
    assert captured.out == stdout
    assert captured.err.startswith(stderr)
    assert captured.err.count("\n") == bool(stderr)


def test_the_code_of_wrong_arguments_can_be_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end(monkeypatch, "double", wrong_arguments=1) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_other_errors_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), exit_on(TooLargeError):
        _ = 1 / 0
