"""``make bench``: figures to quote, as ratios within one run on one machine."""

from rich.console import Console

from assurance.bench import handlers, synth

if __name__ == "__main__":
    console = Console()
    synth.measure(console)
    handlers.measure(console)
