from collections.abc import Iterator

import pytest
from pydantic import BaseModel, TypeAdapter

from documents.settings import Setting, _words, environment_example, groups, settings_tables
from infra.settings import Settings


def variables(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the variables of a model of settings."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from variables(field.annotation, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}".upper()


VARIABLES = sorted(variables(Settings))


def all_settings() -> list[Setting]:
    return [
        setting for group in groups() for owner in (group, *group.functions) for setting in owner.settings
    ]


def test_every_setting_is_documented_once() -> None:
    assert sorted(setting.variable for setting in all_settings()) == VARIABLES


def test_every_setting_has_a_description_of_one_sentence() -> None:
    for setting in all_settings():
        assert setting.description.endswith("."), setting.variable
        assert "\n" not in setting.description, setting.variable
        assert len(setting.description) <= 100, setting.variable


def test_the_example_contains_every_setting_commented_out() -> None:
    lines = environment_example().splitlines()
    assert all(line.startswith("#") for line in lines if line)
    assigned = [line.removeprefix("#").partition("=")[0] for line in lines if not line.startswith("# ")]
    assert sorted(filter(None, assigned)) == VARIABLES


def test_the_defaults_of_the_example_are_accepted_and_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.chdir(str(tmp_path))
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    defaults = Settings()
    for line in environment_example().splitlines():
        if line.startswith("#") and not line.startswith("# "):
            variable, _, value = line.removeprefix("#").partition("=")
            monkeypatch.setenv(variable, value)
    assert Settings() == defaults


def test_defaults_in_production_are_in_the_table() -> None:
    assert "| `none`; `10` in `prod` and `production` |" in settings_tables()


def test_bounds_of_a_list_are_in_the_table() -> None:
    assert "| 2 to 6 values, separated by commas: letters of zones from a to h" in settings_tables()


def test_a_type_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"cannot describe the JSON schema .*: add a case"):
        _words(TypeAdapter(bytes).json_schema())
