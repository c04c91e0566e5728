"""A pytest plugin: any test that would have moto's tables gets tables on DynamoDB Local instead.

PYTHONPATH=functions python -m pytest -p tests.dynamodb_local.plugin tests/unit/orders
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bench import dynamodb_local
from tests.support import aws
from tests.support.tables import tables_on

_running = ExitStack()
_deployed_on_moto = aws.deployed


@contextmanager
def _deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with _deployed_on_moto(monkeypatch), tables_on(_url, monkeypatch):
        yield


def pytest_unconfigure() -> None:
    """Stop the engine."""
    _running.close()


_url = _running.enter_context(dynamodb_local.running())
aws.deployed = _deployed  # before any conftest takes it from there
