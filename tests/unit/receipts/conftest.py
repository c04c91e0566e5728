"""Fixtures of the tests of receipts."""

import pytest

from tests.support.shop import Shop
from tests.unit.orders.till import Till


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till in a shop of rupiah, with an empty catalog."""
    return Till(shop)
