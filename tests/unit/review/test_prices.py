"""The costs in `docs/costs.md` follow from the review's prices."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from review import prices

DOCUMENT = (Path(__file__).parents[3] / "docs" / "costs.md").read_text()
HOURS = prices.HOURS_PER_MONTH
NAT_GATEWAY = HOURS * prices.NAT_GATEWAY_HOUR
ADDRESS = HOURS * prices.PUBLIC_IPV4_ADDRESS_HOUR
CAPACITY = 5 * HOURS * (prices.READ_CAPACITY_UNIT_HOUR + prices.WRITE_CAPACITY_UNIT_HOUR)


def row(item: str) -> list[str]:
    """Return the cells of the row that begins with an item."""
    (line,) = (line for line in DOCUMENT.splitlines() if line.startswith(f"| {item}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def number(text: str) -> Decimal:
    """Return the first number in a text."""
    match = re.search(r"\d+(\.\d+)?", text)
    assert match, text
    return Decimal(match[0])


@pytest.mark.parametrize(
    ("item", "unit_price"),
    [
        ("NAT gateway", prices.NAT_GATEWAY_HOUR),
        ("its public address", prices.PUBLIC_IPV4_ADDRESS_HOUR),
        ("KMS keys", prices.KMS_KEY_MONTH),
        ("alarms", prices.ALARM_METRIC_MONTH),
    ],
)
def test_quoted_unit_prices_are_those_of_the_review(item: str, unit_price: Decimal) -> None:
    assert number(row(item)[1].partition(" at ")[2]) == unit_price


@pytest.mark.parametrize(
    ("item", "dollars"),
    [
        ("NAT gateway", NAT_GATEWAY),
        ("its public address", ADDRESS),
        ("KMS keys", number(row("KMS keys")[1]) * prices.KMS_KEY_MONTH),
        ("DynamoDB, provisioned", CAPACITY),
        ("Secrets Manager", prices.SECRET_MONTH),
        ("alarms", number(row("alarms")[1]) * prices.ALARM_METRIC_MONTH),
        ("one more NAT gateway", NAT_GATEWAY + ADDRESS),
        ("each interface endpoint", HOURS * prices.INTERFACE_ENDPOINT_ZONE_HOUR),
    ],
)
def test_monthly_costs_follow_from_the_unit_prices(item: str, dollars: Decimal) -> None:
    quoted = number(row(item)[-1])
    assert quoted == dollars.quantize(quoted)
