"""Fixtures of the tests of payments."""

import pytest

from tests.support.shop import Shop
from tests.unit.orders.till import set_clock
from tests.unit.payments.desk import MORNING, Desk


@pytest.fixture
def desk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in a shop of rupiah, on a morning that lasts until a test says otherwise."""
    set_clock(monkeypatch, MORNING)
    return Desk(shop)
