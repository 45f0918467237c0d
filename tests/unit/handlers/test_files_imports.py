"""Imports of the file readers: a cold start loads only the libraries of its own formats."""

import importlib
import sys

import pytest

LIBRARIES = {"imagesize", "pypdf", "charset_normalizer", "ijson"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("image", {"imagesize"}), ("document", {"charset_normalizer"}), ("data", {"ijson"})],
    ids=["image", "document", "data"],
)
def test_reader_imports_only_its_own_library(
    name: str, expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in list(sys.modules):
        if module.startswith("handlers.files.formats"):
            monkeypatch.delitem(sys.modules, module)
    for library in LIBRARIES - expected:
        monkeypatch.setitem(sys.modules, library, None)  # importing it raises an error
    importlib.import_module(f"handlers.files.formats.{name}")
