"""Fixtures of the fast tests."""

from collections.abc import Iterator

import pytest

from tests.support.aws import deployed
from tests.support.shop import Shop


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty tables, queues and keys on moto, made from our templates."""
    with deployed(monkeypatch):
        yield


@pytest.fixture
def shop(aws: None) -> Shop:
    """A merchant in rupiah with one location and one register."""
    return Shop.open()
