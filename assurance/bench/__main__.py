"""`python -m assurance.bench`: measures synth and handlers, as ratios within one run on one machine."""

from rich.console import Console

from assurance.bench import handlers, synth
from commands import application, exit_on, run

app = application()


@app.command()
def main() -> None:
    """Measure time and memory of synth and handlers, and print the tables."""
    console = Console()
    with exit_on(synth.BenchError):
        synth.measure(console)
    handlers.measure(console)


if __name__ == "__main__":
    run(app, "python -m assurance.bench")
