"""Fixtures of the tests of shifts."""

import pytest

from tests.support.shop import Shop
from tests.unit.orders.till import Till
from tests.unit.shifts.counter import Counter


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till in a shop of rupiah, with an empty catalog, where stock is allowed below zero."""
    return Till(shop)


@pytest.fixture
def counter(shop: Shop) -> Counter:
    """The register of that shop, where no shift is open yet."""
    return Counter(shop)
