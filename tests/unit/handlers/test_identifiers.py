import pytest

from handlers.common.identifiers import identifier_of
from handlers.common.problems import RequestError

ID = "11111111-2222-4333-8444-aaaaaaaaaaaa"


@pytest.mark.parametrize(
    "value", ["", "x", ID.upper(), ID + "\n", f"{{{ID}}}", ID.replace("-", ""), "../" + ID]
)
def test_ids_that_are_none(value: str) -> None:
    assert identifier_of(ID) == ID
    with pytest.raises(RequestError) as caught:
        identifier_of(value)
    assert caught.value.status == 400
