"""What the functions of files import: a cold start is for its own formats alone."""

import importlib
import sys

import pytest

LIBRARIES = {"imagesize", "pypdf", "charset_normalizer", "ijson"}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("image", {"imagesize"}), ("document", {"charset_normalizer"}), ("data", {"ijson"})],
    ids=["image", "document", "data"],
)
def test_reader_imports_only_its_own_library(
    name: str, wanted: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in list(sys.modules):
        if module.startswith("handlers.files.formats"):
            monkeypatch.delitem(sys.modules, module)
    for library in LIBRARIES - wanted:
        monkeypatch.setitem(sys.modules, library, None)  # to import it is an error
    importlib.import_module(f"handlers.files.formats.{name}")
