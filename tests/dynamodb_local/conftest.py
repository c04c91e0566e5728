"""Tests on Amazon's own engine, for what moto cannot show: conflicts, cancellation reasons, streams."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import dynamodb_local
from tests.support.aws import deployed
from tests.support.tables import tables_on

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, so that `make test` leaves them out."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.dynamodb_local)


@pytest.fixture(scope="session")
def dynamodb_url() -> Iterator[str]:
    """A DynamoDB Local for all tests."""
    with dynamodb_local.running() as url:
        yield url


@pytest.fixture
def aws(dynamodb_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty tables on DynamoDB Local; queues and keys on moto."""
    with deployed(monkeypatch), tables_on(dynamodb_url, monkeypatch):
        yield
