"""Fixtures of the tests of the inventory."""

import pytest

from tests.support.shop import Shop
from tests.unit.orders.till import Till


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till in a shop of rupiah, with an empty catalog, where stock is allowed below zero."""
    return Till(shop)
