"""Records are synchronised by several threads at once."""

from collections.abc import Iterator

import pytest

from tests.unit.reports.sales import one_call_at_a_time


@pytest.fixture(autouse=True)
def calls_are_atomic() -> Iterator[None]:
    """moto is not made for threads: DynamoDB's calls are atomic, and its own are not."""
    with one_call_at_a_time():
        yield
