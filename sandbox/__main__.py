"""`python -m sandbox`: the embedded AWS on the command line."""

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from sandbox import lifecycle, tour
from sandbox.development.logs import follow
from sandbox.development.reload import reload_on_save
from sandbox.errors import LoadError, ServerError, TerraformError
from sandbox.lifecycle import Engine, Running

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The embedded AWS.")
console = Console(highlight=False, emoji=False)
errors = Console(stderr=True, highlight=False, emoji=False)

STACK = Path("cdktf.out/stacks/serverless")
HERE = Path(".sandbox")

Stack = Annotated[Path, typer.Argument(help="The directory of the stack's cdk.tf.json.")]
Directory = Annotated[Path, typer.Option(help="Where the embedded AWS keeps its files.")]
By = Annotated[Engine, typer.Option(help="What loads it: our loader, or the terraform or tofu on the PATH.")]


@app.command()
def up(stack: Stack = STACK, directory: Directory = HERE, engine: By = Engine.LOADER) -> None:
    """Start the embedded AWS, load a stack and drive it; say what runs when it already does."""
    began = time.perf_counter()
    if not (stack / "cdk.tf.json").exists():
        errors.print(f"there is no {stack / 'cdk.tf.json'}: synthesize the stack first", style="red")
        raise typer.Exit(1)
    with _failures("`make down` and `make up` start afresh"), _bar() as bar:
        task = bar.add_task("starting the embedded AWS", total=None)
        running, started = lifecycle.up(
            stack,
            directory,
            lambda done, total, address: bar.update(task, completed=done, total=total, description=address),
            engine,
        )
    if started:
        by = "loaded" if engine is Engine.LOADER else "applied, and a second plan is empty"
        console.print(f"The stack is {by}, {time.perf_counter() - began:.1f} s from nothing.", style="green")
        with _failures(f"It still runs: its log is {running.server.log}, and `make down` stops it."):
            try:
                tour.drive(running, console)
            except tour.TourError:
                running.server.detach()  # its log is of use now
                raise
        running.server.detach()
    else:
        console.print("The stack runs already; `make down` stops it.", style="green")
    _account(running)
    _next_steps(running)


@app.command()
def down(directory: Directory = HERE) -> None:
    """Stop the embedded AWS, with all that is in it."""
    with _failures("end that process yourself"):
        stopped = lifecycle.down(directory)
    console.print("The embedded AWS is stopped." if stopped else "The embedded AWS does not run.")


@app.command()
def key(directory: Directory = HERE) -> None:
    """Print the API key of the task API, as SSM has it."""
    running = lifecycle.find(directory)
    if not running or tour.API_KEY not in running.outputs:
        errors.print("no task API with API keys runs: `make up` starts one", style="red")
        raise typer.Exit(1)
    typer.echo(tour.tasks.api_key(tour.Guide(running, console)))


@app.command()
def env(directory: Directory = HERE) -> None:
    """Print what points AWS's SDKs and tools at it: eval "$(python -m sandbox env)"."""
    running = _running(directory)
    for name, value in running.server.environment(running.region).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def status(directory: Directory = HERE) -> None:
    """Say what runs; exit with 1 when nothing does."""
    running = lifecycle.find(directory)
    if not running:
        console.print("The embedded AWS does not run.")
        raise typer.Exit(1)
    _account(running)


@app.command()
def watch(directory: Directory = HERE) -> None:
    """Put what is saved under handlers/ into the functions that run, within a second, until Ctrl-C.

    The layer's packages, infra/ and the settings are not reloaded: `make up` loads them, and starts afresh.
    """
    running = _running(directory)
    with _until_interrupted():
        reload_on_save(running.server, running.region, console)


@app.command()
def logs(directory: Directory = HERE) -> None:
    """Follow the functions' logs, from ten minutes back, until Ctrl-C."""
    running = _running(directory)
    with _until_interrupted():
        follow(running.server, running.region, console)


def _running(directory: Path) -> Running:
    """Return what runs; say that nothing does, and exit with 1."""
    running = lifecycle.find(directory)
    if not running:
        errors.print("the embedded AWS does not run: `make up` starts it", style="red")
        raise typer.Exit(1)
    return running


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """End silently on Ctrl-C, as is meant; with a line and exit code 1 when what is followed has ended."""
    try:
        yield
    except KeyboardInterrupt:
        return
    except BotoCoreError:
        errors.print("the embedded AWS does not answer any more: `make up` starts it", style="red")
        raise typer.Exit(1) from None
    except (ServerError, ClientError) as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


@contextmanager
def _failures(advice: str) -> Iterator[None]:
    """Turn what can go wrong into a message and exit code 1."""
    try:
        yield
    except TerraformError as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except (ServerError, LoadError, tour.TourError) as error:
        errors.print(str(error), style="red", markup=False)
        errors.print(advice)
        raise typer.Exit(1) from None


def _bar() -> Progress:
    """Return the progress that stands on the terminal while a stack is loaded, and then goes."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=console, transient=True)


def _account(running: Running) -> None:
    """Print where it runs, the stack's outputs, and what the embedded AWS only records."""
    facts = {
        "endpoint": running.server.url,
        "process": running.server.pid,
        "log": running.server.log,
        **running.outputs,
    }
    console.print("\nWhat runs", style="bold")
    width = max(map(len, facts))
    for name, value in facts.items():
        # Whole lines, however narrow the terminal: they are there to be copied.
        console.print(f"  {name:<{width}}  {value}", markup=False, soft_wrap=True)
    console.print("\nNot verified locally", style="bold")
    for limitation in running.limitations:
        console.print(f"  {limitation}", markup=False, soft_wrap=True)


def _next_steps(running: Running) -> None:
    """Print lines to copy."""
    console.print("\nTry next", style="bold")
    url = running.outputs.get("api-gateway-url")
    if tour.API_KEY in running.outputs:
        ca_bundle = os.path.relpath(running.server.ca_bundle)
        header = f'"x-api-key: $({os.path.relpath(sys.executable)} -m sandbox key)"'
        console.print(f"  curl --cacert {ca_bundle} -H {header} {url}/tasks", markup=False, soft_wrap=True)
    console.print("  make watch\n  make logs\n  make down")


if __name__ == "__main__":
    app()
