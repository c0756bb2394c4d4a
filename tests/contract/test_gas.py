"""What acts cost is what others measured for the same contracts, and what the page says."""

from __future__ import annotations

import pytest

from tests.gas.__main__ import FILE, page
from tests.gas.measure import Row
from tests.node_tools import node_package


@pytest.fixture(scope="module")
def measured() -> tuple[str, list[Row]]:
    for package in ("safe-contracts", "safe-4337", "safe-passkey"):
        node_package(f"@safe-global/{package}")
    return page()


def test_costs_are_within_two_per_cent_of_earlier_measurements(measured: tuple[str, list[Row]]) -> None:
    assert len(measured[1]) == 14
    assert {row.name: row.apart for row in measured[1] if abs(row.apart) > 2} == {}


def test_the_page_is_up_to_date(measured: tuple[str, list[Row]]) -> None:
    assert FILE.read_text() == measured[0], "run ./scripts/gas"


def test_a_row_knows_how_far_it_is_apart() -> None:
    assert [round(Row("", gas, (100, 110)).apart, 1) for gas in (98, 100, 105, 110, 121)] == [-2.0, 0.0, 0.0, 0.0, 10.0]
