"""`python -m sandbox`: commands for the embedded AWS."""

import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from commands import application, exit_on, print_error, run
from sandbox import lifecycle, tour
from sandbox.development.logs import follow
from sandbox.development.reload import reload_on_save
from sandbox.errors import LoadError, ServerError, TerraformError
from sandbox.lifecycle import Engine, Running
from synthesized.stack import FILE

app = application("Run the stack in an embedded AWS on this machine.")


class _Console(Console):
    """A console that prints nothing more when the reader of its output, such as `head`, has ended."""

    def on_broken_pipe(self) -> None:
        """Go on without output, because the command may still have to start or stop something."""
        with suppress(SystemExit):
            super().on_broken_pipe()  # redirects stdout, so that Python can flush it at the end


console = _Console(highlight=False, emoji=False)

DEFAULT_STACK = Path("cdktf.out/stacks/serverless")
DEFAULT_DIRECTORY = Path(".sandbox")

Stack = Annotated[Path, typer.Argument(help="The directory with the stack's cdk.tf.json.")]
Directory = Annotated[Path, typer.Option(help="The directory of the embedded AWS's files.")]
EngineOption = Annotated[
    Engine,
    typer.Option(help="What loads the stack: this project's loader, or the terraform or tofu on the PATH."),
]


@app.command()
def up(
    stack: Stack = DEFAULT_STACK,
    directory: Directory = DEFAULT_DIRECTORY,
    engine: EngineOption = Engine.LOADER,
) -> None:
    """Start the embedded AWS, load the stack and send it requests.

    If the same stack runs already, only its outputs are printed.
    """
    start = time.perf_counter()
    if not (stack / FILE).exists():
        print_error(f"{stack / FILE} does not exist: run `make synth` first")
        raise typer.Exit(1)
    with exit_on(ServerError, LoadError, TerraformError), _progress_bar() as bar:
        task = bar.add_task("starting the embedded AWS", total=None)
        running, is_new = lifecycle.up(
            stack,
            directory,
            lambda done, total, address: bar.update(task, completed=done, total=total, description=address),
            engine,
        )
    if is_new:
        _report_loaded(engine, time.perf_counter() - start)
        _take_tour(running)
        running.server.detach()
    else:
        console.print("The stack runs already. `make down` stops it.", style="green")
    _print_facts(running)
    _print_next_commands(running)


@app.command()
def down(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Stop the embedded AWS and delete everything in it."""
    with exit_on(ServerError):
        stopped = lifecycle.down(directory)
    console.print("The embedded AWS is stopped." if stopped else "The embedded AWS does not run.")


@app.command()
def status(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Print the endpoint and the outputs of the running stack.

    It also prints what is not verified locally. The exit code is 1 when nothing runs.
    """
    running = lifecycle.find(directory)
    if not running:
        console.print("The embedded AWS does not run. `make up` starts it.")
        raise typer.Exit(1)
    _print_facts(running)


@app.command()
def key(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Print the API key of the task API, which Systems Manager stores."""
    running = lifecycle.find(directory)
    if not running or tour.API_KEY not in running.outputs:
        print_error("no task API with API keys runs: `make up` starts the stack")
        raise typer.Exit(1)
    typer.echo(tour.tasks.api_key(tour.Guide(running, console)))


@app.command()
def env(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Print variables that make AWS tools call the embedded AWS.

    To set them in a shell: eval "$(python -m sandbox env)"
    """
    running = _find_or_exit(directory)
    for name, value in running.server.environment(running.region).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def watch(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Update the functions when a file under handlers/ is saved.

    Ctrl-C ends it. The layer, infra/ and the settings are not reloaded: `make up` loads them into a new
    embedded AWS.
    """
    running = _find_or_exit(directory)
    with _until_interrupted():
        reload_on_save(running.server, running.region, console)


@app.command()
def logs(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Follow the logs of all functions, from ten minutes ago."""
    running = _find_or_exit(directory)
    with _until_interrupted():
        follow(running.server, running.region, console)


def _find_or_exit(directory: Path) -> Running:
    """Return the stack that runs; print an error and exit with 1 when none does."""
    running = lifecycle.find(directory)
    if not running:
        print_error("the embedded AWS does not run: `make up` starts it")
        raise typer.Exit(1)
    return running


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """Return on Ctrl-C; print one line and exit with 1 when the embedded AWS ends or a call fails."""
    try:
        with exit_on(ServerError, ClientError):
            yield
    except KeyboardInterrupt:
        return
    except BotoCoreError:
        print_error("the embedded AWS does not respond any more: `make up` starts it")
        raise typer.Exit(1) from None


def _progress_bar() -> Progress:
    """Return a progress bar that disappears when it is complete."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=console, transient=True)


def _report_loaded(engine: Engine, seconds: float) -> None:
    if engine is Engine.LOADER:
        text = f"The stack is loaded after {seconds:.1f} s."
    else:
        text = f"The stack is applied after {seconds:.1f} s, and a second plan is empty."
    console.print(text, style="green")


def _take_tour(running: Running) -> None:
    """Send requests to the stack; leave it running when a response is wrong, for inspection."""
    try:
        tour.take(running, console)
    except tour.TourError as error:
        running.server.detach()
        print_error(f"{error}. The stack still runs; its log is {running.server.log}. `make down` stops it.")
        raise typer.Exit(1) from None


def _print_facts(running: Running) -> None:
    """Print where the embedded AWS runs, the stack's outputs, and what is not verified locally."""
    facts = {
        "endpoint": running.server.url,
        "process": running.server.pid,
        "log": running.server.log,
        **running.outputs,
    }
    console.print("\nEndpoint and outputs of the stack", style="bold")
    width = max(map(len, facts))
    for name, value in facts.items():
        # Without line breaks, even on a narrow terminal, so that values can be copied.
        console.print(f"  {name:<{width}}  {value}", markup=False, soft_wrap=True)
    console.print("\nNot verified locally", style="bold")
    for limitation in running.limitations:
        console.print(f"  {limitation}", markup=False, soft_wrap=True)


def _print_next_commands(running: Running) -> None:
    console.print("\nCommands to try next", style="bold")
    url = running.outputs.get("api-gateway-url")
    if tour.API_KEY in running.outputs:
        ca_bundle = os.path.relpath(running.server.ca_bundle)
        header = f'"x-api-key: $({os.path.relpath(sys.executable)} -m sandbox key)"'
        console.print(f"  curl --cacert {ca_bundle} -H {header} {url}/tasks", markup=False, soft_wrap=True)
    for command, purpose in {
        "watch": "update the functions when you save a file under handlers/",
        "logs": "follow the functions' logs",
        "status": "print the endpoint and the outputs again",
        "down": "stop the embedded AWS",
    }.items():
        console.print(f"  make {command:<7} {purpose}")


if __name__ == "__main__":
    # Like Ctrl-C, so that an interrupted `up` ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    run(app, "python -m sandbox")
