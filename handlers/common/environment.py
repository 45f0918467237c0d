"""Read a function's environment into a validated, frozen dataclass.

Each field of the dataclass is one variable of the same name in capitals, so that
`dataclasses.fields` of a model is the list of variables that a function reads.
"""

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, TypeVar

from handlers.common.fields import Field, FieldsError, validate

Model = TypeVar("Model")


def variable(rule: Field) -> Any:  # noqa: ANN401 - stands for a value of whatever type, as dataclasses.field does
    """Declare a dataclass field that `load` fills by `rule`."""
    return field(metadata={"rule": rule})


def load(model: type[Model], environment: Mapping[str, str]) -> Model:
    """Return the dataclass `model` filled from `environment`.

    Raises:
        ValueError: Names every variable that is missing or wrong, and what was expected of it.
    """
    rules = {each.name.upper(): each.metadata["rule"] for each in fields(model)}  # type: ignore[arg-type]
    present = {name: environment[name] for name in rules if name in environment}
    try:
        values = validate(rules, present)
    except FieldsError as error:
        raise ValueError(f"wrong environment: {error}") from None
    return model(**{name.lower(): value for name, value in values.items()})
