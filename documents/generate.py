"""The files that are generated from the code, with their content."""

import json
from pathlib import Path

from documents.markdown import replace_marked
from documents.openapi import openapi
from documents.outputs import outputs_table
from documents.picture.architecture import architecture
from documents.picture.summary import summary
from documents.picture.svg import svg
from documents.settings import environment_example, settings_tables
from synthesized.stack import Stack

ROOT = Path(__file__).parents[1]


def generate(stack: Stack, root: Path = ROOT) -> dict[Path, str]:
    """Return the content of every generated file; nothing is written.

    Args:
        stack: Synthesized with the default settings.
        root: The directory of the repository, whose documents have the marks.

    Raises:
        UndrawableError: The stack has no picture.
        ApiError: The stack's APIs do not fit into one OpenAPI document.
        MarkError: A document does not have the marks.
        OSError: A document cannot be read.
        StackError, LookupError, TypeError, ValueError, AttributeError: The stack has another form.
    """
    docs = root / "docs"
    drawn = architecture(stack)
    marked = {
        "architecture": summary(drawn),
        "settings": settings_tables(),
        "outputs": outputs_table(stack),
    }
    return {
        docs / "openapi.json": json.dumps(openapi(stack), indent=2, sort_keys=True) + "\n",
        docs / "architecture.svg": svg(drawn),
        root / ".env.example": environment_example(),
        **{
            docs / f"{name}.md": replace_marked(docs / f"{name}.md", name, content)
            for name, content in marked.items()
        },
    }
