"""Ids."""

import pytest

from handlers.common.identifiers import parse_id
from handlers.common.problems import HttpError

ID = "11111111-2222-4333-8444-aaaaaaaaaaaa"


@pytest.mark.parametrize(
    "value", ["", "x", ID.upper(), ID + "\n", f"{{{ID}}}", ID.replace("-", ""), "../" + ID]
)
def test_invalid_id_is_400(value: str) -> None:
    assert parse_id(ID) == ID
    with pytest.raises(HttpError) as caught:
        parse_id(value)
    assert caught.value.status == 400
