"""Draw the architecture of a synthesized stack.

``python -m documents.picture CDK_TF_JSON SVG MARKDOWN`` writes the SVG, and replaces what stands between
``<!-- picture -->`` and ``<!-- /picture -->`` in the document by the same in Mermaid.
"""

import re
from pathlib import Path
from typing import Annotated

import typer

from documents.picture.architecture import architecture
from documents.picture.errors import UndrawableError
from documents.picture.mermaid import mermaid
from documents.picture.svg import svg
from synthesized.stack import Stack, StackError, reading

MARKED = re.compile(r"(<!-- picture -->\n).*?(<!-- /picture -->)", re.DOTALL)


def draw(stack: Path, picture: Path, document: Path) -> None:
    """Draw the stack in one file into the two others, of which the last exists.

    Raises:
        StackError: It is no synthesized stack; neither file has changed.
        UndrawableError: It cannot be drawn; neither file has changed.
        OSError: A file cannot be read or written.
    """
    content = Stack.read(stack)
    with reading(stack):
        drawn = architecture(content)
        image, charts = svg(drawn), mermaid(drawn)
    text, places = MARKED.subn(lambda mark: f"{mark[1]}{charts}\n{mark[2]}", _text(document))
    if places != 1:
        marks = "<!-- picture --> to <!-- /picture -->"
        raise UndrawableError(f"{document} has {places} places from {marks}, not one")
    picture.write_text(image, "utf-8")
    document.write_text(text, "utf-8")


def main(
    stack: Annotated[Path, typer.Argument(help="The cdk.tf.json that make synth writes.")],
    picture: Annotated[Path, typer.Argument(help="The SVG to write.")],
    document: Annotated[Path, typer.Argument(help="The Markdown with the marks.")],
) -> None:
    """Draw the architecture of a synthesized stack; exit with 1, and a line that says why, if it cannot."""
    try:
        draw(stack, picture, document)
    except OSError as error:
        typer.echo(f"no picture: {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    except (StackError, UndrawableError) as error:
        typer.echo(f"no picture: {error}", err=True)
        raise typer.Exit(1) from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise UndrawableError(f"{path} is no text in UTF-8") from None


if __name__ == "__main__":
    typer.run(main)
