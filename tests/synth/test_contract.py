"""The contract between handlers and stack, which is environment variables, and between packages.

The tests cover every function of the stack without a list. `tests/integration/test_grants.py` compares the
calls of the functions with their grants.
"""

import ast
import dataclasses
import importlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from handlers.files.upload import ALIASES, MAX_NAME_CHARACTERS, SUFFIXES
from infra.workloads import files, schemas
from tests.template import Attributes, Template

ROOT = Path(__file__).parents[2]
PRODUCT = ("infra", "handlers", "synthesized", "commands", "sandbox", "review", "documents", "operations")
ALLOWED: dict[str, set[str]] = {
    "infra": set(),
    "handlers": set(),
    "synthesized": set(),
    "commands": set(),
    "review": {"synthesized", "commands"},
    "documents": {"synthesized", "commands"},
    "operations": {"synthesized", "commands"},
    "sandbox": {"synthesized", "commands", "operations"},
    "assurance": {"infra", "synthesized", "commands", "sandbox", "documents"},
}
"""Packages that each package may import. All but the first three read the JSON, not the constructs.

`assurance` synthesizes and loads stacks to measure them, so it may import all of `infra`.
"""
FORBIDDEN = [
    (package, other)
    for package in (*PRODUCT, "assurance")
    for other in (*PRODUCT, "assurance", "tests")
    if other not in {package, *ALLOWED[package]}
]
PLAIN = {
    *("infra.naming", "infra.packaging", "infra.policy"),
    *("infra.settings", "infra.values", "infra.workload_settings"),
}
"""Modules of `infra` that commands may import: settings, names and packaging, but no constructs."""


def test_a_function_gets_exactly_the_variables_that_its_handler_reads(stack: Template) -> None:
    def gets_variables(function: Attributes) -> bool:
        read = {field.name.upper() for field in dataclasses.fields(_model(_entry(function)))}
        return set(function["environment"]["variables"]) == read

    stack.assert_every("aws_lambda_function", gets_variables)


def test_a_function_has_an_entry_point(stack: Template) -> None:
    def has_entry_point(function: Attributes) -> bool:
        names = {
            node.name if isinstance(node, ast.FunctionDef) else ast.unparse(node).partition(" =")[0]
            for node in _entry(function).body
        }
        return str(function["handler"]).rpartition(".")[2] in names

    stack.assert_every("aws_lambda_function", has_entry_point)


def test_allowed_uploads_are_accepted_and_processed() -> None:
    fields = schemas.NEW_FILE["properties"]
    assert sorted(fields["content_type"]["enum"]) == sorted([*SUFFIXES, *ALIASES])
    assert fields["name"]["maxLength"] == MAX_NAME_CHARACTERS
    processed = [suffix for suffixes in files.SUFFIXES.values() for suffix in suffixes]
    assert sorted(processed) == sorted(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)


@pytest.mark.parametrize(("package", "forbidden"), FORBIDDEN)
def test_packages_import_only_allowed_packages(package: str, forbidden: str) -> None:
    """Data flows one way: settings, stack, JSON, and from there to its readers."""
    reached = {item for item in _imports(package) if item[1].split(".")[0] == forbidden}
    plain = {item for item in reached if any(f"{item[1]}.".startswith(f"{module}.") for module in PLAIN)}
    assert reached == (plain if package in ("documents", "operations", "sandbox") else set())


@cache
def _imports(package: str) -> set[tuple[Path, str]]:
    """The files of a package, each with a module, or a name in it, that it imports."""
    trees = {path: ast.parse(path.read_text()) for path in (ROOT / package).rglob("*.py")}
    return {
        (path, name) for path, tree in trees.items() for node in ast.walk(tree) for name in _imported(node)
    }


def _imported(node: ast.AST) -> list[str]:
    """The modules, and the names in them, that a statement imports."""
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_only_constructs_import_provider_classes() -> None:
    for path in (ROOT / "infra").rglob("*.py"):
        if "constructs" not in path.parts and "bindings" not in path.parts:
            assert "cdktf_cdktf_provider_aws" not in path.read_text(), path


def _entry(function: Attributes) -> ast.Module:
    module = str(function["handler"]).rpartition(".")[0]
    return ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())


def _model(entry: ast.Module) -> Any:  # noqa: ANN401 - a dataclass
    """The class that an entry point loads its environment into: `environment = load(Model)`."""
    (name,) = (
        ast.unparse(node.value.args[0])
        for node in entry.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "load"
    )
    (module,) = (
        node.module or ""
        for node in entry.body
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}
    )
    return getattr(importlib.import_module(module), name)
