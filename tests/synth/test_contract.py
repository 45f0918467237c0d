"""What handlers and stack share is environment variables and grants; nothing imports both but tests."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from handlers.tasks.environment import ChangeEnvironment, CreateEnvironment, Environment, ReadEnvironment
from tests.template import Template

ROOT = Path(__file__).parents[2]
MODELS: dict[str, type[Environment]] = {
    "get": ReadEnvironment,
    "post": CreateEnvironment,
    "put": ChangeEnvironment,
    "delete": ChangeEnvironment,
}


@pytest.mark.parametrize("method", MODELS)
def test_a_function_gets_the_variables_that_its_handler_reads_and_no_others(
    stack: Template, method: str
) -> None:
    function = stack.one("aws_lambda_function", f"tasks/{method}-handler/function")
    read = {field.name.upper() for field in fields(MODELS[method])}
    assert set(function["environment"]["variables"]) == read


@pytest.mark.parametrize("method", MODELS)
def test_a_function_has_an_entry_point(stack: Template, method: str) -> None:
    function = stack.one("aws_lambda_function", f"tasks/{method}-handler/function")
    module, _, name = str(function["handler"]).rpartition(".")
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    assigned = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets}  # type: ignore[attr-defined]
    assert name in assigned


@pytest.mark.parametrize(
    ("room", "never"),
    [
        ("infra", "handlers"),
        ("infra", "sandbox"),
        ("handlers", "infra"),
        ("handlers", "sandbox"),
        ("sandbox", "infra"),
    ],
)
def test_rooms_do_not_reach_into_each_other(room: str, never: str) -> None:
    """Data flows one way: settings, stack, JSON, sandbox."""
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            assert not [module for module in modules if module.split(".")[0] == never], path


def test_only_constructs_import_provider_classes() -> None:
    for path in (ROOT / "infra").rglob("*.py"):
        if "constructs" not in path.parts and "bindings" not in path.parts:
            assert "cdktf_cdktf_provider_aws" not in path.read_text(), path
