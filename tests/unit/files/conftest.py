"""Fixtures of the tests of files."""

from collections.abc import Iterator

import pytest

from tests.support.shop import Shop
from tests.unit.orders.till import Till
from tests.unit.reports.sales import one_call_at_a_time


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till in a shop of rupiah, with an empty catalog, where stock is allowed below zero."""
    return Till(shop)


@pytest.fixture(autouse=True)
def calls_are_atomic() -> Iterator[None]:
    """moto is not made for threads: DynamoDB's calls are atomic, and its own are not."""
    with one_call_at_a_time():
        yield
