"""Fixtures of the fast tests."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import access
from tests.support.aws import deployed
from tests.support.shop import Shop

settings.register_profile("kasir", deadline=None)  # a slow machine is not a failed test
settings.load_profile("kasir")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty tables, queues and keys on moto, made from our templates."""
    with deployed(monkeypatch):
        access.watch(monkeypatch)
        yield


@pytest.fixture
def shop(aws: None) -> Shop:
    """A merchant in rupiah with one location and one register."""
    return Shop.open()
