"""`python -m documents CDK_TF_JSON`: write every file of the repository that is generated from the code.

The files are docs/openapi.json, docs/architecture.svg and the parts of docs/*.md between marks, from a stack
that was synthesized with the default settings; and `.env.example`, from the settings themselves.

Exit code: 0 if all files are written, 1 if one cannot be; then no file has changed, and a line says why.
"""

from pathlib import Path
from typing import Annotated

import typer

from commands import application, exit_on, run
from documents.generate import ROOT, generate
from documents.markdown import MarkError
from documents.openapi import ApiError
from documents.picture.errors import UndrawableError
from synthesized.stack import Stack, StackError, reading

app = application()


@app.command()
def write(
    stack: Annotated[Path, typer.Argument(help="The cdk.tf.json that `make synth` writes.")],
    directory: Annotated[Path, typer.Option(help="The directory of the repository.")] = ROOT,
) -> None:
    """Write the documents that are generated from the code."""
    with exit_on(StackError, UndrawableError, ApiError, MarkError, OSError, failure="cannot write documents"):
        content = Stack.read(stack)
        with reading(stack):
            files = generate(content, directory)
        for file, text in files.items():
            file.write_text(text, "utf-8")


if __name__ == "__main__":
    run(app, "python -m documents")
